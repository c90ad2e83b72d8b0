import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresFailure } from './failure.ts';
import { isAlive } from './process.ts';

const heartbeatMs = 2_000;
/** Well above the heartbeat: a machine that swaps or a laptop that woke up must not lose its lock at once. */
const staleAfterMs = 30_000;

/**
 * Takes the lock file at `path`, waiting while another process holds it, and gives the function that releases it.
 * A lock is stale when its process is gone, or has not touched it for 30 s (its process id then belongs to another).
 *
 * It saves work, no more: two processes that both believe to hold it, which a race between two that clear a stale lock
 * allows, do no harm, because the cluster appears by a rename and Postgres itself lets one server into it.
 *
 * @throws EmbeddedPostgresFailure `lock_timeout`, AbortError
 */
export async function acquireLock(
  path: string,
  options: { signal?: AbortSignal | undefined; timeoutMs: number },
): Promise<() => Promise<void>> {
  const token = `${process.pid} ${randomUUID()}\n`;
  const deadline = performance.now() + options.timeoutMs;
  while (!(await tryToCreate(path, token))) {
    options.signal?.throwIfAborted();
    if (await isStale(path)) {
      const aside = `${path}.stale-${randomUUID()}`;
      await rename(path, aside).catch(() => undefined);
      await rm(aside, { force: true });
      continue;
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresFailure(
        'lock_timeout',
        `Another process (${(await holderOf(path)) ?? 'unknown'}) has been starting or stopping the embedded Postgres for ` +
          `${Math.round(options.timeoutMs / 1_000)} s. If it hangs, end it and try again; its lock is ${path}.`,
      );
    }
    await delay(50, undefined, { signal: options.signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    if ((await readFile(path, 'utf8').catch(() => null)) === token) await rm(path, { force: true });
  };
}

async function tryToCreate(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<number | null> {
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
}

async function isStale(path: string): Promise<boolean> {
  const touched = await stat(path).catch(() => null);
  if (!touched) return false;
  if (Date.now() - touched.mtimeMs > staleAfterMs) return true;
  const pid = await holderOf(path);
  // Without a process id it is just being written, or its writer died then: only its age tells.
  return pid !== null && !isAlive(pid);
}
