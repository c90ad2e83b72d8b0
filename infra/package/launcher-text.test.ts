import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { launcherText } from './launcher-text.ts';

/** Starts a launcher beside an entry that says that it runs, on a Node that says that it has this version. */
async function launch(nodeVersion: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'voxport-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['bin', 'dist']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'bin/voxport-worker.js'), launcherText('voxport-worker'));
  await writeFile(join(folder, 'dist/worker.js'), "process.stdout.write('the worker runs');");
  await writeFile(
    join(folder, 'version.cjs'),
    `Object.defineProperty(process.versions, 'node', { value: '${nodeVersion}' });`,
  );
  const args = ['--require', join(folder, 'version.cjs'), join(folder, 'bin/voxport-worker.js')];
  const child = execFile(process.execPath, args);
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: string) => (written.stdout += text));
  child.stderr?.on('data', (text: string) => (written.stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...written };
}

test.each(['24.11.0', '24.21.0', '26.0.0'])('starts its entry on Node %s', async (nodeVersion) => {
  expect(await launch(nodeVersion)).toEqual({ code: 0, stdout: 'the worker runs', stderr: '' });
});

test.each(['18.20.0', '22.15.1', '24.10.9'])('says which Node it needs on Node %s', async (nodeVersion) => {
  expect(await launch(nodeVersion)).toEqual({
    code: 2,
    stdout: '',
    stderr: `voxport-worker: needs Node 24.11.0 or newer, and this is ${nodeVersion}. Install a newer one: https://nodejs.org\n`,
  });
});
