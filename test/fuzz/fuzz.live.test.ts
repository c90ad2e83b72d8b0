import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testServers } from '../../packages/testkit/src/servers.ts';
import { invariants } from './round.ts';

/** Fuzzes in a process of its own: it takes over the clock. */
async function fuzz(...options: readonly string[]): Promise<{ code: unknown; output: string }> {
  const main = join(import.meta.dirname, 'main.ts');
  const given = [main, '--postgres', testServers().postgresUrl, ...options];
  const fuzzer = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(fuzzer.stdout), text(fuzzer.stderr), once(fuzzer, 'exit')]);
  return { code, output: `${stdout}${stderr}` };
}

test('two hundred mutated payloads break no invariant: `pnpm fuzz` plays more of them', async () => {
  const { code, output } = await fuzz('--count', '200', '--seed', '1');
  expect(output).toContain('"findings":0');
  expect(code).toBe(0);
});

test('what breaks an invariant is found, for each of them', async () => {
  const { code, output } = await fuzz('--count', '0', '--conversations', '16', '--falsify', invariants.join(','));
  for (const [round, invariant] of invariants.entries()) expect(output).toContain(`seed ${round + 1}: ${invariant}: `);
  expect(code).toBe(1);
});
