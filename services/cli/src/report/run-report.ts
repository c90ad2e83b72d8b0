import type { RunResult } from '../export/run-to-end.ts';

/** The machine-readable answer of `sync` and `backfill`: one object, these names. */
export function runJson({ runId, sourceIds, counts, durationMs, refused }: RunResult): string {
  return JSON.stringify({
    run_id: runId,
    sources: sourceIds,
    windows: counts.windows,
    pages: counts.pages,
    listed: counts.listed,
    rechecked: counts.rechecked,
    fetched: counts.fetched,
    loaded: counts.loaded,
    unchanged: counts.unchanged,
    failed: counts.failed,
    gone: counts.gone,
    duration_ms: durationMs,
    ...(refused.length === 0
      ? {}
      : { refused: refused.map(({ sourceId, failure }) => ({ source: sourceId, reason: failure.message })) }),
  });
}

/** The same for people, in a few lines. */
export function runText({ runId, sourceIds, counts, durationMs, refused }: RunResult): string {
  const secs = (durationMs / 1000).toFixed(1);
  const lines = [
    `Run ${runId} of ${sourceIds.join(', ')}: ${counts.failed > 0 ? 'finished with failures' : 'done'} in ${secs} s`,
    `  listed     ${count(counts.listed)} conversations on ${count(counts.pages)} pages`,
    ...(counts.rechecked > 0 ? [`  rechecked  ${count(counts.rechecked)}   (not listed; a second look was due)`] : []),
    `  loaded     ${count(counts.loaded)}`,
    `  unchanged  ${count(counts.unchanged)}`,
    `  failed     ${count(counts.failed)}${counts.failed > 0 ? '   (select * from voxport_ops.failures where resolved_at is null)' : ''}`,
  ];
  if (counts.gone > 0)
    lines.push(`  gone       ${count(counts.gone)}   (deleted at the source since they were listed)`);
  for (const { sourceId, failure } of refused) lines.push(`  left out   ${sourceId}: ${failure.message}`);
  return lines.join('\n');
}

/** A number with thousands separated, for people. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
