import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceContext } from '@voxport/runtime';
import type { SourcePlanner } from '@voxport/scheduler';
import { areRecordingsTried, countRecordings, type RecordingCounts, type RunKind } from '@voxport/warehouse';

const pollMs = 250;

/**
 * Waits until every recording that a run wants has been fetched, or asked for in vain: no run waits for one that the source may have an hour later.
 * Resolves with what has become of them; null where no source of the run stores recordings.
 */
export async function waitForRecordings(
  { database: { kysely }, sources }: ServiceContext,
  run: { runId: number; kind: RunKind },
  planners: readonly SourcePlanner[],
  options: { signal: AbortSignal; refusePaused: () => Promise<void> },
): Promise<RecordingCounts | null> {
  if (sources.every(({ config }) => config.audio === null)) return null;
  for (const { recordings } of planners) await recordings.wantOfRun(run.runId, run.kind === 'backfill');
  for (;;) {
    for (const { recordings } of planners) await recordings.takeUp();
    if (await areRecordingsTried(kysely, run.runId)) return countRecordings(kysely, run.runId);
    await options.refusePaused();
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}
