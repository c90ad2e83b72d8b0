import type { Call } from '../model/call.ts';
import { trueAgentEvaluations, trueDataPoints, trueEvaluations } from './analysis.ts';
import { trueConversation } from './conversation.ts';
import { trueTools } from './tools.ts';
import { trueGuardrailTriggers, trueRagChunks, trueTurnMetrics, trueTurns } from './turns.ts';
import type { TrueRows } from './types.ts';
import { trueUsage } from './usage.ts';

/**
 * The rows that the warehouse must hold for a call, made from the call's facts by the rules in READING.md; never from
 * its JSON.
 */
export function trueRowsOf(call: Call): TrueRows {
  return {
    conversations: trueConversation(call),
    transcript_turns: trueTurns(call),
    ...trueTools(call),
    llm_usage: trueUsage(call),
    turn_metrics: trueTurnMetrics(call),
    rag_chunks: trueRagChunks(call),
    evaluation_results: trueEvaluations(call),
    data_collection_results: trueDataPoints(call),
    guardrail_triggers: trueGuardrailTriggers(call),
    agent_evaluations: trueAgentEvaluations(call),
  };
}
