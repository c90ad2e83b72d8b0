import { setTimeout as sleep } from 'node:timers/promises';
import { databaseNow, whoWorksOn, type Database } from '@voxport/warehouse';

/** Whoever lives gives a heartbeat every second. */
const signalWaitMs = 3000;
const pollMs = 200;

/**
 * Tells who works on a run: a fleet, or the command that began it; null when nobody has given a heartbeat for some
 * seconds. The last sign of a process that was killed does not count: a new one is waited for.
 */
export async function workedOnBy(
  { kysely }: Database,
  runId: number,
  signal: AbortSignal,
): Promise<'fleet' | 'command' | null> {
  const since = await databaseNow(kysely);
  const deadlineMs = performance.now() + signalWaitMs;
  for (;;) {
    const who = await whoWorksOn(kysely, { runId, since });
    if (who !== null || performance.now() >= deadlineMs) return who;
    await sleep(pollMs, undefined, { signal });
  }
}
