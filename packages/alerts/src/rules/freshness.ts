import { type Condition, duration } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { latest, secsBetween } from '../words.ts';

/** A fleet that starts again is given this long to catch up before it is reported. */
const graceMs = 5 * 60_000;
/** So many times the objective is critical. */
const criticalFactor = 4;

/** How far the tables are behind the source's calls, and why; null while nothing has been exported to the end. */
export function freshnessLag({ signs }: SourceObservation, now: Date): { secs: number; reason: string } | null {
  if (signs.watermarkAt === null) return null;
  const listed = secsBetween(signs.watermarkAt, now);
  const loaded = signs.oldestLiveRequestAt === null ? 0 : secsBetween(signs.oldestLiveRequestAt, now);
  return loaded > listed
    ? { secs: loaded, reason: 'a new call was listed then, and is not loaded yet' }
    : { secs: listed, reason: 'later calls have not been listed to the end' };
}

/** Tables that are further behind than the source's objective. A source that is paused says so by itself. */
export function freshness(source: SourceObservation, now: Date, watchedSince: Date): Condition[] {
  const { sourceId, freshnessSecs, signs } = source;
  const lag = freshnessLag(source, now);
  if (freshnessSecs === null || lag === null || signs.pausedAt !== null || lag.secs <= freshnessSecs) return [];
  if (now.getTime() - watchedSince.getTime() < graceMs) return [];
  const passedAt = new Date(now.getTime() - (lag.secs - freshnessSecs) * 1000);
  return [
    {
      fingerprint: `freshness/${sourceId}`,
      kind: 'freshness',
      severity: lag.secs > freshnessSecs * criticalFactor ? 'critical' : 'warning',
      sourceId,
      title: `${sourceId}: ${duration(lag.secs)} behind, objective ${duration(freshnessSecs)}`,
      detail: `The tables are complete up to ${duration(lag.secs)} ago: ${lag.reason}. ${newestWork(source, now)}`,
      since: passedAt,
      count: null,
      revision: '',
      remedy: 'See what holds it up; a sync of its own exports what is due without the fleet.',
      command: `voxport sync --source ${sourceId}`,
    },
  ];
}

function newestWork({ signs }: SourceObservation, now: Date): string {
  const consumed = latest(signs.consumedAt);
  return consumed.getTime() === 0
    ? 'No worker has taken up a job.'
    : `A worker last had a job ${duration(secsBetween(consumed, now))} ago.`;
}
