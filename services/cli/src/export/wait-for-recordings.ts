import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceContext } from '@voxport/runtime';
import type { SourcePlanner } from '@voxport/scheduler';
import { areRecordingsTried, countRecordings, type RecordingCounts, type RunKind } from '@voxport/warehouse';
import { addNumbers } from './add-counts.ts';

const pollMs = 250;
const none: RecordingCounts = { wanted: 0, stored: 0, late: 0, absent: 0, failed: 0 };

/**
 * Waits until every recording that the runs of a command want has been fetched, or asked for in vain: no run waits for
 * one that the source may have an hour later. Resolves with what has become of them all; null where no source stores
 * recordings.
 */
export async function waitForRecordings(
  { database: { kysely }, sources }: ServiceContext,
  { runs, kind }: { runs: readonly { readonly runId: number; readonly planner: SourcePlanner }[]; kind: RunKind },
  options: { signal: AbortSignal; refusePaused: () => Promise<void> },
): Promise<RecordingCounts | null> {
  if (sources.every(({ config }) => config.audio === null)) return null;
  for (const { runId, planner } of runs) await planner.recordings.wantOfRun(runId, kind === 'backfill');
  for (;;) {
    let areTried = true;
    for (const { runId, planner } of runs) {
      await planner.recordings.takeUp();
      areTried &&= await areRecordingsTried(kysely, runId);
    }
    if (areTried) return addNumbers(none, await Promise.all(runs.map(({ runId }) => countRecordings(kysely, runId))));
    await options.refusePaused();
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}
