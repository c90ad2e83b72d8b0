import { mkdir } from 'node:fs/promises';
import { chooseAccount } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { restoreLinks } from './restore-links.ts';
import { bringUp } from './bring-up.ts';
import { describeServer, type EmbeddedPostgres } from './connection.ts';
import { findEmbeddedPostgres } from './find.ts';
import { ensureCluster } from './initialise.ts';
import { layoutOf } from './layout.ts';
import { acquireLock } from './lock.ts';
import type { Tuning } from './settings.ts';

/**
 * Gives the Postgres server of a data directory, starting it (and creating its database first) unless it runs.
 * It is a service shared by all processes that use the directory: it stays when this process ends, until
 * `stopEmbeddedPostgres`. Several processes may call this at once; one of them starts it.
 * `onNotice` is told what a person should know: of a server that was moved while it ran, or is waited for.
 * `tuning: 'test'` gives up safety against a crash of the machine for speed.
 *
 * @throws EmbeddedPostgresFailure; AbortError when `signal` aborts, a server that was just being started then stays
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  signal?: AbortSignal | undefined;
  onLog?: ((message: string) => void) | undefined;
  onNotice?: ((message: string) => void) | undefined;
  tuning?: Tuning | undefined;
}): Promise<EmbeddedPostgres> {
  const { dataDir, signal, onLog = () => undefined, onNotice = () => undefined, tuning = 'default' } = options;
  signal?.throwIfAborted();
  const running = await findEmbeddedPostgres(dataDir);
  if (running) return running;

  const layout = layoutOf(dataDir);
  await mkdir(layout.dataDir, { recursive: true, mode: 0o700 });
  const release = await acquireLock(layout.lockFile, { signal, timeoutMs: 120_000 });
  try {
    const binaries = locateBinaries();
    await restoreLinks(binaries.root);
    const account = await chooseAccount(layout, binaries);
    await ensureCluster(layout, { binaries, account, tuning, signal, onLog });
    const { server, startedHere } = await bringUp(layout, {
      binaries,
      account,
      tuning,
      signal,
      onLog,
      onNotice,
    });
    return await describeServer(layout, server, startedHere);
  } finally {
    await release();
  }
}
