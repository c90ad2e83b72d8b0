import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startProcess } from './start-process.ts';

const node = (script: string, env: Record<string, string> = {}) =>
  startProcess(process.execPath, ['-e', script], { env });
const forever = 'setInterval(() => {}, 1000);';

test('waits for a line that has come or is to come, of either output', async () => {
  const child = node(`console.log('one'); setTimeout(() => console.error('two 2'), 30); ${forever}`);
  expect(await child.waitForLine(/two \d/u)).toBe('two 2');
  expect(await child.waitForLine(/^one$/u)).toBe('one');
  expect(child.stdout).toEqual(['one']);
});

test('tells what a process wrote that ended without the line', async () => {
  const child = node("console.error('no such setting'); process.exitCode = 3");
  await expect(child.waitForLine(/ready/u)).rejects.toThrow(/ended \(3\).*no such setting/su);
  expect(await child.exited).toEqual({ code: 3, signal: null });
});

test('finds a last line without line break', async () => {
  expect(await node("process.stdout.write('ready')").waitForLine(/ready/u)).toBe('ready');
});

test('delivers real signals', async () => {
  const child = node(
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); ${forever}`,
  );
  await child.waitForLine(/up/u);
  child.kill();
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toEqual(['up', 'bye']);
});

test('rejects when there is no such program', async () => {
  await expect(startProcess('/nowhere/program', []).waitForLine(/x/u)).rejects.toThrow('ENOENT');
});

test('passes on its own environment and nothing that could configure ours', async () => {
  process.env['DATABASE_URL'] = 'postgresql://elsewhere.invalid/';
  const child = node('console.log(JSON.stringify([process.env.DATABASE_URL, process.env.GIVEN]))', { GIVEN: 'yes' });
  delete process.env['DATABASE_URL'];
  expect(await child.waitForLine(/yes/u)).toBe('[null,"yes"]');
});

let leftBehind = 0;
test('runs until its test ends', async () => {
  const child = node(`console.log('up'); ${forever}`);
  leftBehind = child.pid;
  expect(await child.waitForLine(/up/u)).toBe('up');
});

test('was killed when its test ended', async () => {
  expect(leftBehind).toBeGreaterThan(0);
  await eventually(() => isGone(leftBehind), { what: 'the process of the test before to be gone' });
});

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}
