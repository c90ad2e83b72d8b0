import { type Condition, duration } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { latest, secsBetween } from '../words.ts';

export type Stage = 'plan' | 'fetch' | 'load';

const stages: Readonly<Record<Stage, { what: string; remedy: string; command: (sourceId: string) => string }>> = {
  plan: {
    what: 'no sweep has gone through the queue: syncs are not started, and nothing that got lost is found',
    remedy: 'Restart the scheduler; if the queue has lost its schedules, refill it.',
    command: (sourceId) => `voxport rebuild-queue --source ${sourceId}`,
  },
  fetch: {
    what: 'jobs wait in the fetch queue, and no worker takes one up',
    remedy: 'See that a worker runs and reaches the queue, and restart it; then refill the queue.',
    command: (sourceId) => `voxport rebuild-queue --source ${sourceId}`,
  },
  load: {
    what: 'payloads have landed, and no loader takes them up',
    remedy: 'See that a loader runs and reaches the queue, and restart it; then wake it.',
    command: (sourceId) => `voxport rebuild-queue --source ${sourceId}`,
  },
};

/**
 * Since when each stage has had work and done none. Planning always has: a sweep is due every five seconds. A source
 * that is paused fetches nothing, as it should.
 * @param watchedSince what was before is not counted.
 */
export function idleSince({ signs }: SourceObservation, watchedSince: Date): ReadonlyMap<Stage, Date> {
  const idle = new Map<Stage, Date>([['plan', latest(signs.sweptAt ?? signs.createdAt, watchedSince)]]);
  if (signs.waitingSince !== null && signs.pausedAt === null) {
    idle.set('fetch', latest(signs.waitingSince, signs.consumedAt, watchedSince));
  }
  if (signs.landedSince !== null) idle.set('load', latest(signs.landedSince, watchedSince));
  return idle;
}

/** Jobs that wait while none is consumed. */
export function consumptionStuck(
  source: SourceObservation,
  now: Date,
  watchedSince: Date,
  stuckAfterSecs: number,
): Condition[] {
  const { sourceId, signs } = source;
  return [...idleSince(source, watchedSince)].flatMap(([stage, since]): Condition[] => {
    const secs = secsBetween(since, now);
    if (secs < stuckAfterSecs) return [];
    const { what, remedy, command } = stages[stage];
    const worker =
      stage !== 'fetch'
        ? ''
        : signs.workerSeenAt === null || secsBetween(signs.workerSeenAt, now) > 10
          ? ' No worker is running.'
          : ' A worker is running.';
    return [
      {
        fingerprint: `consumption_stuck/${sourceId}/${stage}`,
        kind: 'consumption_stuck',
        severity: 'critical',
        sourceId,
        title: `${sourceId}: ${stage} has been stuck for ${duration(secs)}`,
        detail: `For that long ${what}.${worker}`,
        since,
        count: null,
        revision: '',
        remedy,
        command: command(sourceId),
      },
    ];
  });
}

export const queueFingerprint = 'consumption_stuck/queue';

/** A queue whose store does not answer: nothing at all is consumed. */
export function queueSilent(silentSince: Date | null, now: Date, silentAfterSecs: number): Condition[] {
  if (silentSince === null || secsBetween(silentSince, now) < silentAfterSecs) return [];
  return [
    {
      fingerprint: queueFingerprint,
      kind: 'consumption_stuck',
      severity: 'critical',
      sourceId: null,
      title: "The queue's store does not answer",
      detail:
        'No job of any source is consumed. Nothing is lost: when it answers again, it is refilled from the database.',
      since: silentSince,
      count: null,
      revision: '',
      remedy:
        'Start the store of the queue (QUEUE_URL; without it DATABASE_DIRECT_URL or DATABASE_URL), or remedy the way to it.',
      command: 'voxport doctor',
    },
  ];
}
