import type { Call } from '../model/call.ts';
import { createdAtMs, guardrailJudgement, voiceOf } from '../model/newer-facts.ts';
import type { Turn } from '../model/types.ts';
import { toolCallJson, toolResultJson } from './tools.ts';
import { usageJson } from './usage.ts';

function metricsJson(call: Call, turn: Turn) {
  if (turn.metrics === null) return null;
  const metrics: Record<string, { elapsed_time: number }> = {};
  for (const [name, elapsed_time] of turn.metrics) metrics[name] = { elapsed_time };
  if (call.isOldShape) return metrics;
  const { agent, isTextOnly } = call.outline;
  return {
    metrics,
    convai_asr_provider: turn.role === 'user' ? agent.asrModel : null,
    convai_tts_model: turn.role === 'agent' && !isTextOnly ? agent.ttsModel : null,
    convai_tts_cascade: null,
    voice_id: voiceOf(call, turn) ?? undefined,
  };
}

function retrievalJson(turn: Turn) {
  const { retrieval } = turn;
  if (retrieval === null) return null;
  return {
    chunks: retrieval.chunks.map((chunk) => ({
      document_id: chunk.documentId,
      chunk_id: chunk.chunkId,
      vector_distance: chunk.distance,
    })),
    embedding_model: retrieval.embeddingModel,
    retrieval_query: retrieval.query,
    rag_latency_secs: retrieval.latencySecs,
    used_chunk_ids: retrieval.tellsUse
      ? retrieval.chunks.filter((chunk) => chunk.isUsed).map((chunk) => chunk.chunkId)
      : undefined,
  };
}

function fileJson(turn: Turn) {
  if (turn.file === null) return null;
  return {
    file_id: turn.file.id,
    original_filename: turn.file.name,
    mime_type: turn.file.mimeType,
    file_url: `https://files.example.com/${turn.file.id}`,
  };
}

/** A triggered guardrail: the wire form and the truth of the jsonb column share it. */
export function guardrailJson({ type, name }: { readonly type: string; readonly name: string | null }) {
  const { judged, score, threshold, rationale } = guardrailJudgement(type);
  return {
    guardrail_type: type,
    guardrail_name: name,
    execution_mode: 'blocking',
    guardrail_details: judged === 'llm' ? { type: judged, rationale } : { type: judged, score, threshold },
  };
}

/**
 * A turn as the ElevenLabs detail shows it: newer keys only where the turn has something for them, empty ones only in
 * the live shape.
 */
export function turnJson(call: Call, turn: Turn, index: number) {
  const { agent } = turn;
  const { isLiveShape } = call.outline;
  const file = fileJson(turn);
  // JSON.stringify leaves out what is undefined.
  const none = isLiveShape ? null : undefined;
  return {
    role: turn.role,
    id: turn.id ?? undefined,
    agent_metadata:
      agent === null
        ? none
        : {
            agent_id: agent.agentId,
            branch_id: agent.branchId ?? undefined,
            workflow_node_id: agent.workflowNodeId ?? none,
            version_id: agent.versionId ?? undefined,
          },
    message: turn.message,
    multivoice_message:
      turn.multivoice === null
        ? none
        : {
            parts: turn.multivoice.map((part) => ({
              text: part.text,
              voice_label: part.voice,
              time_in_call_secs: part.secs,
            })),
          },
    tool_calls: turn.calls.map(toolCallJson),
    tool_results: turn.results.map(toolResultJson),
    feedback: turn.feedback === null ? none : { score: turn.feedback.score, time_in_call_secs: turn.feedback.secs },
    llm_override: turn.llmOverride ?? none,
    producing_llm: turn.producingLlm ?? undefined,
    time_in_call_secs: turn.secs,
    created_at_unix_ms: createdAtMs(call, turn, index) ?? undefined,
    conversation_turn_metrics: metricsJson(call, turn) ?? none,
    rag_retrieval_info: retrievalJson(turn) ?? none,
    llm_usage: turn.usage === null ? none : usageJson(turn.usage),
    interrupted: turn.interrupted,
    platform_event: turn.platformEvent ?? undefined,
    original_message: turn.originalMessage ?? none,
    reasoning:
      turn.reasoning === null ? undefined : turn.reasoning.map(({ summary }) => ({ summary, provider_redact: false })),
    reasoned: turn.reasoning === null ? undefined : true,
    source_medium: turn.sourceMedium ?? none,
    source_event_id: isLiveShape ? turn.eventId : undefined,
    used_static_kb_document_ids: isLiveShape ? turn.staticDocumentIds : undefined,
    analysis: none,
    user_identifier: none,
    triggered_guardrails: turn.guardrails === null ? undefined : turn.guardrails.map(guardrailJson),
    file_input: file ?? none,
    file_inputs: file === null ? undefined : [file],
    contextual_update_info: turn.contextId === null ? none : { context_id: turn.contextId, is_superseded: false },
    config_snapshot_id: none,
  };
}
