import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '../../packages/simulator/src/index.ts';
import type { Manager } from './managers.ts';
import { run, type Ended } from './run.ts';

/**
 * Installs a tarball with one package manager in an empty directory, and does there what a newcomer does. Throws at the
 * first fault.
 */
export async function usePackage(options: {
  manager: Manager;
  name: string;
  tarball: string;
  version: string;
  scratch: string;
  log: (line: string) => void;
}): Promise<void> {
  const { manager, name, tarball, version, scratch, log } = options;
  const cwd = join(scratch, name);
  await mkdir(cwd);
  for (const command of manager.install(tarball)) await run(command, { cwd });
  log(`${name}: installed`);

  const voxport = (
    args: readonly string[],
    more: { env?: Record<string, string>; until?: RegExp } = {},
  ): Promise<Ended> => run([...manager.runs, 'voxport', ...args], { cwd, ...more });
  try {
    expectText(await voxport(['--version']), new RegExp(`^${version.replaceAll('.', '\\.')}\\n$`, 'u'));
    expectText(await voxport(['--help']), /^Usage: voxport [^]*sync/u);
    expectText(await voxport(['demo', '--conversations', '200']), /200 loaded[^]*Nothing changed\./u);
    log(`${name}: demo`);

    const apiKey = 'pack-check-key';
    const simulator = await startSimulator({ conversationCount: 50, seed: 5, apiKey });
    try {
      const env = { ELEVENLABS_API_KEY: apiKey, ELEVENLABS_BASE_URL: simulator.url };
      const { stdout } = await voxport(['sync', '--json'], { env });
      const { loaded, failed } = JSON.parse(stdout) as { loaded: number; failed: number };
      if (loaded !== 50 || failed !== 0) throw new Error(`sync loaded ${loaded} of 50, ${failed} failed`);
      // The page's files are read when the gateway starts.
      await voxport(['up'], { env: { ...env, VOXPORT_HTTP_PORT: '0' }, until: /voxport is up/u });
    } finally {
      await simulator.close();
    }
    log(`${name}: sync, up`);
  } finally {
    await voxport(['database', 'stop']).catch(() => {});
  }
}

function expectText({ stdout, stderr }: Ended, wanted: RegExp): void {
  if (!wanted.test(stdout)) throw new Error(`expected ${String(wanted)} in:\n${stdout}\n${stderr}`);
}
