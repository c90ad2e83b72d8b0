import type { FailureCode } from '@voxport/domain';
import type { SourceMetrics } from '@voxport/runtime';
import type { ClaimedPayload, LoadedPayload } from '@voxport/warehouse';
import type { Mapped } from './map-batch.ts';

type Counted = Omit<Parameters<SourceMetrics['batchLoaded']>[0], 'durationMs'>;

/**
 * Counts what a committed batch did, for the metrics. Rows are those of the payloads that were inserted or brought a
 * change.
 */
export function countBatch(batch: {
  readonly claimed: readonly Pick<ClaimedPayload, 'sizeBytes'>[];
  readonly mapped: readonly Pick<Mapped, 'rows' | 'drift' | 'claimed'>[];
  readonly settled: readonly (Pick<LoadedPayload, 'payloadId' | 'outcome'> & {
    readonly refusal?: { readonly code: FailureCode };
  })[];
}): Counted {
  const outcomes = new Map<string, number>();
  const rows = new Map<string, number>();
  const drift = new Map<string, number>();
  const refused = new Map<string, number>();
  const written = new Set<number>();
  let bytes = 0;
  for (const { sizeBytes } of batch.claimed) bytes += sizeBytes;
  for (const { payloadId, outcome, refusal } of batch.settled) {
    add(outcomes, outcome, 1);
    if (refusal !== undefined) add(refused, refusal.code, 1);
    if (outcome === 'inserted' || outcome === 'updated') written.add(payloadId);
  }
  for (const { claimed, rows: mapped, drift: met } of batch.mapped) {
    for (const { kind } of met) add(drift, kind, 1);
    if (!written.has(claimed.payloadId)) continue;
    add(rows, 'conversations', 1);
    add(rows, 'transcript_turns', mapped.transcriptTurns.length);
    add(rows, 'tool_calls', mapped.toolCalls.length);
    add(rows, 'tool_results', mapped.toolResults.length);
    add(rows, 'dynamic_variable_updates', mapped.dynamicVariableUpdates.length);
    add(rows, 'llm_usage', mapped.llmUsage.length);
    add(rows, 'turn_metrics', mapped.turnMetrics.length);
    add(rows, 'rag_chunks', mapped.ragChunks.length);
    add(rows, 'evaluation_results', mapped.evaluationResults.length);
    add(rows, 'data_collection_results', mapped.dataCollectionResults.length);
    add(rows, 'guardrail_triggers', mapped.guardrailTriggers.length);
    add(rows, 'tool_result_chunks', mapped.toolResultChunks.length);
    add(rows, 'agent_evaluations', mapped.agentEvaluations.length);
  }
  return { outcomes, rows, drift, refused, bytes };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
}
