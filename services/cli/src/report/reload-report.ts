import { count } from './run-report.ts';

/** What a reload did with one source. */
export interface ReloadedSource {
  readonly sourceId: string;
  readonly conversations: number;
  readonly payloads: number;
  readonly failed: number;
  /**
   * Payloads that had landed and waited, and were loaded too; null where the source is not configured and they were
   * left.
   */
  readonly loadedWaiting: number | null;
}

/** The machine-readable answer of `reload`. */
export function reloadJson(sources: readonly ReloadedSource[], durationMs: number): string {
  return JSON.stringify({
    ...sumOf(sources),
    sources: sources.map(({ sourceId, loadedWaiting, ...counts }) => ({
      source: sourceId,
      ...counts,
      loaded_waiting: loadedWaiting,
    })),
    duration_ms: durationMs,
  });
}

/** The same for people. */
export function reloadText(sources: readonly ReloadedSource[], durationMs: number): string {
  const { conversations, payloads, failed } = sumOf(sources);
  const lines = [
    `Reload of ${sources.map(({ sourceId }) => sourceId).join(', ')}: ${failed > 0 ? 'finished with failures' : 'done'} in ${(durationMs / 1000).toFixed(1)} s`,
    `  rebuilt    ${count(conversations)} conversations from ${count(payloads)} payloads`,
    `  failed     ${count(failed)}${failed > 0 ? "   (select * from voxport_ops.failures where resolved_at is null and stage = 'load')" : ''}`,
  ];
  const waiting = sources.reduce((sum, { loadedWaiting }) => sum + (loadedWaiting ?? 0), 0);
  if (waiting > 0) lines.push(`  loaded     ${count(waiting)} payloads that had landed and waited`);
  return lines.join('\n');
}

function sumOf(sources: readonly ReloadedSource[]): { conversations: number; payloads: number; failed: number } {
  const sum = (field: 'conversations' | 'payloads' | 'failed'): number =>
    sources.reduce((total, source) => total + source[field], 0);
  return { conversations: sum('conversations'), payloads: sum('payloads'), failed: sum('failed') };
}
