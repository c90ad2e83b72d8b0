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

/** Whether there is a server to stop: one that is starting or refuses our password is one too. */
async function isUp(layout: Layout): Promise<boolean> {
  try {
    let server = await inspectServer(layout);
    // Its process id file is still empty; it cannot be told yet.
    while (server.state === 'starting' && server.pid === 0) {
      await delay(50);
      server = await inspectServer(layout);
    }
    return server.state !== 'stopped' && server.state !== 'crashed';
  } catch (error) {
    if (error instanceof EmbeddedPostgresFailure && error.code === 'password_rejected') return true;
    throw error;
  }
}
