import { type Condition, duration } from '@voxport/domain';
import type { RunningPace } from '@voxport/warehouse';
import type { SourceObservation } from '../observation.ts';
import { count } from '../words.ts';

/** Runs that are younger are never slow: it is the age from which a run's pace is read at all. */
export const slowRunSecs = 600;
export const slowFactor = 3;
const historyMin = 3;

/**
 * How long a run of this many requests usually takes, by the runs of its kind and source before it; null while there
 * are too few. A run that has more to do than usual is granted the more, at the usual pace.
 */
export function usualSecs({ requests, history }: Pick<RunningPace, 'requests' | 'history'>): number | null {
  if (history.length < historyMin) return null;
  const secsARequest = median(history.map((run) => run.secs / Math.max(1, run.requests)));
  return Math.max(median(history.map(({ secs }) => secs)), requests * secsARequest);
}

/** Runs that take three times as long as usual. */
export function slowRun({ runs }: SourceObservation): Condition[] {
  return runs.flatMap((run): Condition[] => {
    const usual = usualSecs(run);
    if (usual === null || run.secs < Math.max(slowRunSecs, usual * slowFactor)) return [];
    const { runId, sourceId, kind, secs, requests } = run;
    return [
      {
        fingerprint: `slow_run/${sourceId}/${runId}`,
        kind: 'slow_run',
        severity: 'warning',
        sourceId,
        title: `${sourceId}: ${kind} ${runId} has taken ${duration(secs)}, usually ${duration(usual)}`,
        detail: `It has read ${count(requests)} pages and conversations. The last ${runsBefore(run)} of its kind took ${duration(median(run.history.map((one) => one.secs)))} in the middle.`,
        since: run.startedAt,
        count: null,
        revision: '',
        remedy: 'See whether the source slows it down (requests in flight, share of 429), or whether it is stuck.',
        command: `voxport runs show ${runId}`,
      },
    ];
  });
}

function runsBefore({ history: runs }: RunningPace): string {
  return runs.length === 1 ? 'run' : `${runs.length} runs`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
