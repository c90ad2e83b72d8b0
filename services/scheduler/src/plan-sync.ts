import { incrementalRange, type Lane, type TimeRange } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import type { SourceState, Window } from '@voxport/warehouse';

export interface PlanSyncDependencies {
  readonly lookbackSecs: number;
  readonly since: Date | null;
  readonly now: () => Date;
  /** Drops a watermark that was reached under other filters, or from a later start. */
  readonly adoptListScope: () => Promise<boolean>;
  readonly readSource: () => Promise<SourceState | null>;
  readonly adoptOpenSyncWindows: (runId: number) => Promise<readonly Window[]>;
  /** Says how many windows it set aside. */
  readonly supersedeFailedWindows: () => Promise<number>;
  readonly insertWindows: (runId: number, ranges: readonly TimeRange[]) => Promise<readonly Window[]>;
  readonly enqueuePage: (page: JobPayloads['list-page'], lane: Lane) => Promise<void>;
}

/**
 * Makes the planning of one source's incremental sync: windows that an earlier sync left unfinished go on at their page,
 * and a new window covers what came since (from the watermark less the lookback).
 */
export function makePlanSync(dependencies: PlanSyncDependencies) {
  const { lookbackSecs, since, now, adoptListScope, readSource, adoptOpenSyncWindows, supersedeFailedWindows } =
    dependencies;
  const { insertWindows, enqueuePage } = dependencies;

  return async function planSync(runId: number): Promise<void> {
    await adoptListScope();
    const adopted = await adoptOpenSyncWindows(runId);
    const superseded = await supersedeFailedWindows();
    const watermark = newest([
      (await readSource())?.watermarkAt ?? null,
      // What the unfinished windows cover is theirs to list; but what a window that failed before them covered is nobody's.
      ...(superseded > 0 ? [] : adopted.map((window) => window.range.before)),
    ]);
    const planned = await insertWindows(runId, [incrementalRange({ watermark, since, lookbackSecs, now: now() })]);
    for (const window of [...adopted, ...planned]) {
      await enqueuePage({ windowId: window.windowId, page: window.nextPage, runId }, window.lane);
    }
  };
}

function newest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.filter((date) => date !== null).map((date) => date.getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}
