import { setTimeout as delay } from 'node:timers/promises';
import { chooseAccount } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { EmbeddedPostgresFailure } from './failure.ts';
import { inspectServer } from './inspect.ts';
import { layoutOf, type Layout } from './layout.ts';
import { acquireLock } from './lock.ts';
import { run } from './run.ts';

const stopTimeoutSecs = 120;

/**
 * Stops the server of a data directory, for everybody who uses it, and waits until it is down.
 * `fast` ends its connections and writes everything out; `immediate` leaves that to recovery at the next start.
 *
 * @throws EmbeddedPostgresFailure `stop_failed`
 */
export async function stopEmbeddedPostgres(options: {
  dataDir: string;
  mode?: 'fast' | 'immediate' | undefined;
}): Promise<'stopped' | 'not_running'> {
  const layout = layoutOf(options.dataDir);
  if (!(await isUp(layout))) return 'not_running';
  const release = await acquireLock(layout.lockFile, { timeoutMs: 120_000 });
  try {
    if (!(await isUp(layout))) return 'not_running';
    const binaries = locateBinaries();
    const account = await chooseAccount(layout, binaries);
    const { code, output } = await run(account, [
      binaries.pgCtl,
      'stop',
      '-D',
      layout.cluster,
      `--mode=${options.mode ?? 'fast'}`,
      '--wait',
      `--timeout=${stopTimeoutSecs}`,
      '--silent',
    ]);
    if (code !== 0 && (await isUp(layout))) {
      throw new EmbeddedPostgresFailure(
        'stop_failed',
        `The embedded Postgres in ${layout.dataDir} did not stop within ${stopTimeoutSecs} s: ${output.trim()}`,
      );
    }
    return 'stopped';
  } finally {
    await release();
  }
}

/** Whether there is a server to stop; one that is starting too, though not one whose process id file is still empty. */
async function isUp(layout: Layout): Promise<boolean> {
  for (;;) {
    const { state, ...server } = await inspectServer(layout).catch((error: unknown) => {
      // A server that refuses our password can still be stopped.
      if (error instanceof EmbeddedPostgresFailure) return { state: 'starting', pid: 1 } as const;
      throw error;
    });
    if (state === 'starting' && 'pid' in server && server.pid === 0) {
      await delay(50);
      continue;
    }
    return state === 'running' || state === 'starting' || state === 'stopping';
  }
}
