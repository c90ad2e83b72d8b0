import type { Call } from '../model/call.ts';
import { createdAtMs, guardrailJudgement, voiceOf } from '../model/newer-facts.ts';
import { guardrailJson } from '../render/turn.ts';
import { isoOf, type TrueRow } from './types.ts';

/** The rows of `voxport.transcript_turns`. */
export function trueTurns(call: Call): readonly TrueRow[] {
  const { conversationId, startUnixSecs } = call.outline;
  return call.turns.map((turn, turn_index) => ({
    conversation_id: conversationId,
    turn_index,
    turn_id: turn.id,
    role: turn.role,
    message: turn.message,
    original_message: turn.originalMessage,
    time_in_call_secs: turn.secs,
    said_at: isoOf(createdAtMs(call, turn, turn_index) ?? (startUnixSecs + turn.secs) * 1000),
    // In the older shape of the metrics there is no place for it.
    voice_id: turn.metrics === null || call.isOldShape ? null : voiceOf(call, turn),
    interrupted: turn.interrupted,
    source_medium: turn.sourceMedium,
    agent_id: turn.agent?.agentId ?? null,
    branch_id: turn.agent?.branchId ?? null,
    version_id: turn.agent?.versionId ?? null,
    workflow_node_id: turn.agent?.workflowNodeId ?? null,
    llm_override: turn.llmOverride,
    producing_llm: turn.producingLlm,
    feedback_score: turn.feedback?.score ?? null,
    feedback_time_in_call_secs: turn.feedback?.secs ?? null,
    rag_query: turn.retrieval?.query ?? null,
    rag_embedding_model: turn.retrieval?.embeddingModel ?? null,
    rag_latency_secs: turn.retrieval?.latencySecs ?? null,
    tool_call_count: turn.calls.length,
    tool_result_count: turn.results.length,
    multivoice:
      turn.multivoice === null
        ? null
        : {
            parts: turn.multivoice.map((part) => ({
              text: part.text,
              voice_label: part.voice,
              time_in_call_secs: part.secs,
            })),
          },
    reasoning:
      turn.reasoning === null ? null : turn.reasoning.map(({ summary }) => ({ summary, provider_redact: false })),
    guardrails: turn.guardrails === null ? null : turn.guardrails.map(guardrailJson),
  }));
}

/** The rows of `voxport.turn_metrics`: the same whichever shape the payload has. */
export function trueTurnMetrics(call: Call): readonly TrueRow[] {
  return call.turns.flatMap((turn, turn_index) =>
    (turn.metrics ?? []).map(([metric, elapsed_secs]) => ({
      conversation_id: call.outline.conversationId,
      turn_index,
      metric,
      elapsed_secs,
    })),
  );
}

/** The rows of `voxport.rag_chunks`. */
export function trueRagChunks(call: Call): readonly TrueRow[] {
  return call.turns.flatMap((turn, turn_index) =>
    (turn.retrieval?.chunks ?? []).map((chunk, chunk_index) => ({
      conversation_id: call.outline.conversationId,
      turn_index,
      chunk_index,
      document_id: chunk.documentId,
      chunk_id: chunk.chunkId,
      vector_distance: chunk.distance,
      is_used: turn.retrieval?.tellsUse === true ? chunk.isUsed : true,
    })),
  );
}

/** The rows of `voxport.guardrail_triggers`. */
export function trueGuardrailTriggers(call: Call): readonly TrueRow[] {
  return call.turns.flatMap((turn, turn_index) =>
    (turn.guardrails ?? []).map(({ type, name }, trigger_index) => {
      const { judged, score, threshold, rationale } = guardrailJudgement(type);
      return {
        conversation_id: call.outline.conversationId,
        turn_index,
        trigger_index,
        guardrail_type: type,
        guardrail_name: name,
        execution_mode: 'blocking',
        judged_by: judged,
        score,
        threshold,
        rationale,
      };
    }),
  );
}
