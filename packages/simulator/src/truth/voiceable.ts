import type { Call } from '../model/call.ts';
import { spoken, voiceableStatus, type VoiceableForm } from '../render/voiceable.ts';
import { isoOf, type TrueRow, type TrueRows } from './types.ts';

const empty: readonly TrueRow[] = [];

/** The rows that the proxy's payload can give: only what it tells, every other column null (left out here). */
export function voiceableTrueRowsOf(call: Call, form: VoiceableForm): TrueRows {
  const { outline } = call;
  const { conversationId } = outline;
  const turns = spoken(call);
  const startMs = outline.startUnixSecs * 1000;
  return {
    conversations: {
      conversation_id: conversationId,
      agent_id: outline.agent.agentId,
      agent_name: outline.agent.name,
      status: voiceableStatus(call),
      started_at: isoOf(startMs),
      ended_at: isoOf(startMs + outline.durationSecs * 1000),
      duration_secs: outline.durationSecs,
      message_count: turns.filter(({ message }) => message !== null && message !== '').length,
      turn_count: turns.length,
      summary: call.analysis?.summary ?? null,
      // The observed form has an outcome and a cost in whole cents.
      call_successful: form === 'observed' ? (outline.hasAnalysis ? outline.success : 'unknown') : null,
      cost_usd: form === 'observed' ? Math.round((call.costNanoUsd ?? 0) / 1e7) / 100 : null,
    },
    transcript_turns: turns.map((turn, turn_index) => ({
      conversation_id: conversationId,
      turn_index,
      role: turn.role,
      message: turn.message,
      time_in_call_secs: turn.secs,
      said_at: isoOf(startMs + turn.secs * 1000),
    })),
    tool_calls: empty,
    tool_results: empty,
    dynamic_variable_updates: empty,
    llm_usage: empty,
    turn_metrics: empty,
    rag_chunks: empty,
    evaluation_results: empty,
    data_collection_results: empty,
    guardrail_triggers: empty,
    tool_result_chunks: empty,
    agent_evaluations: empty,
  };
}
