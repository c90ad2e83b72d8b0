import { incrementalRange, type Lane, type ListFilters, type TimeRange } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import type { SourceState, WantedDetail, Window } from '@voxport/warehouse';

/** Second looks taken up by one sync at most; the rest follow with the next. */
const dueChecksMax = 10_000;

export interface PlanSyncDependencies {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly lookbackSecs: number;
  readonly since: Date | null;
  readonly now: () => Date;
  readonly readSource: () => Promise<SourceState | null>;
  readonly adoptOpenSyncWindows: (runId: number) => Promise<readonly Window[]>;
  readonly supersedeFailedWindows: () => Promise<void>;
  readonly insertWindows: (runId: number, ranges: readonly TimeRange[]) => Promise<readonly Window[]>;
  readonly wantDueChecks: (runId: number, limit: number) => Promise<readonly WantedDetail[]>;
  readonly enqueuePage: (page: JobPayloads['list-page'], lane: Lane) => Promise<void>;
  readonly enqueueConversations: (wanted: readonly WantedDetail[]) => Promise<void>;
}

/**
 * Makes the planning of one source's incremental sync: windows that an earlier sync left unfinished go on at their page,
 * a new window covers what came since (from the watermark less the lookback), and second looks that are due are taken up.
 */
export function makePlanSync(dependencies: PlanSyncDependencies) {
  const { lookbackSecs, since, now, readSource, adoptOpenSyncWindows, supersedeFailedWindows } = dependencies;
  const { insertWindows, wantDueChecks, enqueuePage, enqueueConversations } = dependencies;

  return async function planSync(runId: number): Promise<void> {
    const adopted = await adoptOpenSyncWindows(runId);
    await supersedeFailedWindows();
    const watermark = newest([
      (await readSource())?.watermarkAt ?? null,
      // What the unfinished windows cover is theirs to list.
      ...adopted.map((window) => window.range.before),
    ]);
    const planned = await insertWindows(runId, [incrementalRange({ watermark, since, lookbackSecs, now: now() })]);
    for (const window of [...adopted, ...planned]) {
      await enqueuePage({ windowId: window.windowId, page: window.nextPage, runId }, window.lane);
    }
    await enqueueConversations(await wantDueChecks(runId, dueChecksMax));
  };
}

function newest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.filter((date) => date !== null).map((date) => date.getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}
