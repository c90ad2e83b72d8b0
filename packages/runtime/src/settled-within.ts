import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something has settled, or for so long; who closes waits for no store without end. */
export async function settledWithin(running: Promise<unknown>, withinMs: number): Promise<void> {
  const ended = new AbortController();
  const late = sleep(withinMs, undefined, { signal: ended.signal }).catch(() => {});
  await Promise.race([running, late]).finally(() => ended.abort());
}
