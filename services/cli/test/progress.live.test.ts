import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { defaultApiKey as key } from '@voxport/simulator';
import { startProcess } from '@voxport/testkit';
import { describe, expect, test } from 'vitest';
import {
  runVoxport,
  simulate,
  startService,
  startVoxport,
  temporaryDirectory,
  warehouseUrl,
  type Environment,
} from './voxport.ts';

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const columns = 100;
/** What erases the line that is drawn over. */
const erase = '\u001B[2K';
const whole = ['--from', '2026-09-01', '--to', '2026-10-02'];

/** The `script` of util-linux gives a command a pseudo-terminal; that of other systems takes other arguments. */
const hasScript = /util-linux/u.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

if (!hasScript && process.env['CI'] === 'true') {
  throw new Error('No `script` of util-linux for the tests in a terminal: on Debian it is in the package bsdutils.');
}

/** A backfill of some seconds. */
async function stage(conversationCount = 150): Promise<Environment> {
  const simulator = await simulate({ conversationCount, turnsPerConversation: 4, latencyMs: 150 });
  const url = await warehouseUrl();
  return { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url, QUEUE_URL: url };
}

/** Runs a command line in a terminal; returns what the terminal was sent. */
async function inTerminal(commandLine: string, env: Environment): Promise<{ code: number | null; sent: string }> {
  const shell = `stty cols ${columns}; exec '${process.execPath}' '${entry}' ${commandLine}`;
  const typescript = join(await temporaryDirectory(), 'typescript');
  const environment = { TERM: 'xterm', SHELL: '/bin/sh', ...env };
  const { code } = await startProcess('script', ['-qefc', shell, typescript], { env: environment }).exited;
  return { code, sent: await readFile(typescript, 'utf8') };
}

/** What was drawn: the frames of the bar, and the lines that scrolled by, each as it stood last. */
function drawn(sent: string): { frames: string[]; lines: string[] } {
  const plain = stripVTControlCharacters(sent.replaceAll(erase, '<erased>'));
  const frames = plain.split(/\r?<erased>|\n/u).filter((part) => part.startsWith('run '));
  const lines = plain.split(/\r?\n/u).map((line) => line.split('<erased>').at(-1)!.replaceAll('\r', ''));
  return { frames, lines };
}

describe.runIf(hasScript)('in a terminal', () => {
  test('a backfill draws one bar over and over, which log lines do not tear, and leaves nothing of it', async () => {
    const env = await stage();
    const { code, sent } = await inTerminal(`backfill ${whole.join(' ')}`, { ...env, LOG_LEVEL: 'trace' });
    expect(code, sent).toBe(0);
    const { frames, lines } = drawn(sent);
    const bars = frames.filter((frame) => frame.includes('conversations'));
    expect(bars.length).toBeGreaterThan(2);
    for (const bar of bars) {
      expect(bar.length).toBeLessThan(columns);
      expect(bar).toMatch(/^run 1 .*[\d,]+\/~?[\d,]+ conversations/u);
    }
    expect(bars.join('\n')).toMatch(/in flight \d+\/\d+/u);
    // One bar, which has gone when the answer is printed.
    expect(lines.filter((line) => line.includes('conversations  '))).toEqual([]);
    expect(lines.join('\n')).toMatch(/Run 1 of elevenlabs: done[\s\S]*loaded +150/u);
  }, 60_000);

  test('NO_COLOR is respected, and so is a terminal that cannot draw', async () => {
    const env = await stage(60);
    const coloured = await inTerminal(`backfill ${whole.join(' ')}`, { ...env, FORCE_COLOR: '1' });
    const plain = await inTerminal(`sync`, { ...env, NO_COLOR: '1' });
    const dumb = await inTerminal(`sync`, { ...env, TERM: 'dumb' });
    expect(coloured.sent).toContain('\u001B[36m');
    // Nothing but the erasing is a control sequence.
    expect(plain.sent).toContain(erase);
    expect(plain.sent.replaceAll(erase, '')).toBe(stripVTControlCharacters(plain.sent.replaceAll(erase, '')));
    expect(dumb.sent).not.toContain(erase);
    expect([coloured.code, plain.code, dumb.code]).toEqual([0, 0, 0]);
  }, 60_000);

  test('with --json the answer alone goes to stdout, and the bar is drawn all the same', async () => {
    const env = await stage(60);
    const answer = join(await temporaryDirectory(), 'answer.json');
    const { code, sent } = await inTerminal(`backfill ${whole.join(' ')} --json > '${answer}'`, env);
    expect(code, sent).toBe(0);
    expect(drawn(sent).frames.length).toBeGreaterThan(0);
    const text = await readFile(answer, 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ run_id: 1, state: 'finished', loaded: 60 });
  }, 60_000);
});

test('a run of a fleet is watched from without, in lines where there is no terminal, until it ends', async () => {
  const env = await stage();
  const { stdout } = await runVoxport(['backfill', ...whole, '--detach', '--json'], env);
  expect(JSON.parse(stdout[0]!)).toMatchObject({ run_id: 1, detached: true });
  const watch = startVoxport(['runs', 'show', '1', '--watch'], env);
  await watch.waitForLine(
    /^run 1: (interrupted: nobody works on it, )?0 of 0 conversations listed so far, windows 0\/8/u,
  );
  for (const name of ['worker', 'loader', 'scheduler'] as const) startService(name, env);
  expect(await watch.exited).toEqual({ code: 0, signal: null });
  expect(watch.stdout.join('\n')).toMatch(/Run 1\n[\s\S]*state +finished[\s\S]*listed +150[\s\S]*Windows/u);
  // It has ended: there is nothing to watch.
  expect((await runVoxport(['runs', 'show', '1', '--watch', '--json'], env)).code).toBe(0);
  expect((await runVoxport(['runs', 'show', '7'], env)).stderr.join('\n')).toContain('There is no run 7');
}, 60_000);

test('a watch that is interrupted leaves the run alone', async () => {
  const env = await stage();
  await runVoxport(['backfill', ...whole, '--detach'], env);
  const watch = startVoxport(['runs', 'show', '1', '--watch'], env);
  await watch.waitForLine(/^run 1: /u);
  watch.kill('SIGINT');
  expect(await watch.exited).toEqual({ code: 130, signal: null });
  expect(watch.stderr.join('\n')).toContain('Run 1 continues without being watched');
}, 60_000);
