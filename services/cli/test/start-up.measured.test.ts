import { performance } from 'node:perf_hooks';
import { startProcess } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { runVoxport, warehouseUrl } from './voxport.ts';

/** The shortest of several runs, in milliseconds: what a run takes when nothing else holds it up. */
async function shortest(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

// Bare Node takes some 40 ms; the bounds are twice what was measured on a machine that other work shared.
test('voxport --version and status start within a few times what bare Node takes', async () => {
  const env = { DATABASE_URL: await warehouseUrl() };
  // The first time compiles, and keeps that for the others.
  await runVoxport(['status'], env);
  const bare = await shortest(() => startProcess(process.execPath, ['-e', '0']).exited);
  const version = await shortest(() => runVoxport(['--version'], env));
  const status = await shortest(() => runVoxport(['status'], env));
  const shown = `node ${bare.toFixed(0)} ms, --version ${version.toFixed(0)} ms, status ${status.toFixed(0)} ms`;
  console.info(shown);
  expect(version / bare, shown).toBeLessThan(6);
  expect(status / bare, shown).toBeLessThan(45);
});
