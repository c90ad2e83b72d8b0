import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultApiKey, pastMonth, startSimulator, type Simulator } from '@voxport/simulator';
import { startProcess, type StartedProcess } from '@voxport/testkit';
import { connectDatabase, type Database } from '@voxport/warehouse';
import { expect, onTestFinished } from 'vitest';
import { createWarehouse } from './export-parts.ts';

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const simulatorEntry = fileURLToPath(import.meta.resolve('@voxport/simulator/main'));

export type Environment = Readonly<Record<string, string>>;

/** Half of a command's start is compiling its files: the processes of the tests share the result. */
const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), 'voxport-test-compile-cache') };

/** Starts `voxport …` as a process of its own, with nothing in its environment that is not given. */
export function startVoxport(args: readonly string[], env: Environment = {}, cwd?: string): StartedProcess {
  return startProcess(process.execPath, [entry, ...args], {
    env: { ...compileCache, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Starts one process of a fleet. */
export function startService(name: 'scheduler' | 'worker' | 'loader' | 'gateway', env: Environment): StartedProcess {
  const program = fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url));
  return startProcess(process.execPath, [program], { env: { ...compileCache, ...env } });
}

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Runs `voxport …` as a process of its own to its end. */
export async function runVoxport(args: readonly string[], env: Environment = {}, cwd?: string): Promise<CommandEnd> {
  const command = startVoxport(args, env, cwd);
  const { code } = await command.exited;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** Starts the simulated API as a process of its own; the arguments are its own. */
export async function startSimulatorProcess(
  args: readonly string[],
): Promise<{ url: string; process: StartedProcess }> {
  const started = startProcess(process.execPath, [simulatorEntry, ...args], { env: compileCache });
  const { url } = JSON.parse(await started.waitForLine(/"url"/u)) as { url: string };
  return { url, process: started };
}

/** An empty directory, removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-command-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The simulated API in this process, until the test ends. */
export async function simulate(options: Parameters<typeof startSimulator>[0] = {}): Promise<Simulator> {
  const simulator = await startSimulator({ conversationCount: 120, seed: 11, ...pastMonth, ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** The URL of a migrated, empty database of the test's own. */
export async function warehouseUrl(): Promise<string> {
  const created = await createWarehouse();
  onTestFinished(() => created.drop());
  return created.url;
}

/** An open database, until the test ends. */
export async function openDatabase(url: string): Promise<Database> {
  const database = connectDatabase({ url, poolSizeMax: 2, applicationName: 'test', onPoolError: () => {} });
  onTestFinished(() => database.close());
  return database;
}

/** Whatever goes wrong: one sentence that a person can act on, for machines exit code 2, and no secret. */
export function expectOneSentence(
  { code, stdout, stderr }: CommandEnd,
  says: RegExp,
  secrets: readonly string[] = [defaultApiKey],
): void {
  const text = stderr.join('\n');
  expect(text).toMatch(says);
  expect(stderr, text).toHaveLength(1);
  expect(text).toMatch(/^voxport: /u);
  expect(text).not.toMatch(/\n\s+at /u);
  expect(stdout).toEqual([]);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(code).toBe(2);
}
