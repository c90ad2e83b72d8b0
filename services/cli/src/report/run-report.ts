import type { RunResult } from '../export/run-to-end.ts';

/**
 * The machine-readable answer of `sync` and `backfill`: one object, these names; `run_id` is the first of `run_ids`.
 */
export function runJson({ runs, state, sourceIds, counts, recordings, durationMs, refused }: RunResult): string {
  return JSON.stringify({
    run_id: runs[0]?.runId,
    run_ids: runs.map(({ runId }) => runId),
    state,
    sources: sourceIds,
    ...countsJson(counts),
    ...(recordings === null ? {} : { recordings }),
    duration_ms: durationMs,
    ...(refused.length === 0
      ? {}
      : { refused: refused.map(({ sourceId, failure }) => ({ source: sourceId, reason: failure.message })) }),
  });
}

/** The counts of a run, by their names in the answers. */
export function countsJson(counts: RunResult['counts']): Record<string, number> {
  const { windows, pages, listed, rechecked, fetched, loaded, unchanged, failed, gone } = counts;
  return { windows, pages, listed, rechecked, fetched, loaded, unchanged, failed, gone };
}

/** The same for people, in a few lines. */
export function runText(result: RunResult): string {
  const { runs, state, isTakenOver, sourceIds, counts, recordings, durationMs, refused } = result;
  const secs = (durationMs / 1000).toFixed(1);
  const lines = [
    `${runs.length > 1 ? 'Runs' : 'Run'} ${runs.map(({ runId }) => runId).join(', ')} of ${sourceIds.join(', ')}: ${state === 'cancelled' ? (isTakenOver ? 'taken over by another sync' : 'cancelled') : hasFailures({ counts, recordings }) ? 'finished with failures' : 'done'} in ${secs} s`,
    `  listed     ${count(counts.listed)} conversations on ${count(counts.pages)} pages`,
    ...(counts.rechecked > 0 ? [`  rechecked  ${count(counts.rechecked)}   (not listed; a recheck was due)`] : []),
    `  loaded     ${count(counts.loaded)}`,
    `  unchanged  ${count(counts.unchanged)}`,
    `  failed     ${count(counts.failed)}${counts.failed > 0 ? '   (voxport failures --each)' : ''}`,
  ];
  if (counts.gone > 0)
    lines.push(`  gone       ${count(counts.gone)}   (deleted at the source since they were listed)`);
  if (counts.cancelled > 0)
    lines.push(`  given up   ${count(counts.cancelled)}   (listed, and not fetched when the run was cancelled)`);
  if (recordings !== null) lines.push(recordingsText(recordings));
  for (const { sourceId, failure } of refused) lines.push(`  left out   ${sourceId}: ${failure.message}`);
  return lines.join('\n');
}

/** Whether something that the run wanted could not be had. */
export function hasFailures({ counts, recordings }: Pick<RunResult, 'counts' | 'recordings'>): boolean {
  return counts.failed > 0 || (recordings?.failed ?? 0) > 0;
}

function recordingsText({ wanted, stored, late, absent, failed }: NonNullable<RunResult['recordings']>): string {
  const rest = [
    ...(late > 0 ? [`${count(late)} not there yet`] : []),
    ...(absent > 0 ? [`${count(absent)} absent at the source`] : []),
    ...(failed > 0 ? [`${count(failed)} failed: select * from voxport.recordings where last_error is not null`] : []),
  ];
  return `  recordings ${count(stored)} of ${count(wanted)} stored${rest.length === 0 ? '' : `   (${rest.join('; ')})`}`;
}

/** A number with thousands separated, for people. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
