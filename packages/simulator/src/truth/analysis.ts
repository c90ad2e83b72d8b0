import type { Call } from '../model/call.ts';
import type { Json } from '../model/types.ts';
import type { TrueRow } from './types.ts';

/** The rows of `voxport.evaluation_results`. */
export function trueEvaluations(call: Call): readonly TrueRow[] {
  return (call.analysis?.evaluations ?? []).map((evaluation) => ({
    conversation_id: call.outline.conversationId,
    criteria_id: evaluation.id,
    result: evaluation.result,
    rationale: evaluation.rationale,
    score: evaluation.score,
    max_score: evaluation.maxScore,
    scoring_mode: evaluation.scoringMode,
  }));
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** The rows of `voxport.data_collection_results`. */
export function trueDataPoints(call: Call): readonly TrueRow[] {
  return (call.analysis?.dataPoints ?? []).map(({ id, name, value, rationale }) => ({
    conversation_id: call.outline.conversationId,
    data_collection_id: id,
    name,
    value,
    value_text: value === null ? null : typeof value === 'string' ? value : JSON.stringify(value),
    value_number: typeof value === 'number' ? value : null,
    value_boolean: typeof value === 'boolean' ? value : null,
    value_type: typeOf(value),
    rationale,
  }));
}

/** The rows of `voxport.agent_evaluations`: the simulator judges the agents of a workflow by themselves. */
export function trueAgentEvaluations({ analysis, outline }: Call): readonly TrueRow[] {
  if (analysis === null || !outline.agent.hasWorkflow || analysis.evaluations.length === 0) return [];
  return [
    {
      conversation_id: outline.conversationId,
      scope_index: 0,
      scope: 'agent',
      agent_id: outline.agent.agentId,
      branch_id: outline.branchId,
      call_successful: analysis.success,
      success_score: analysis.successScore,
      evaluation_results: {},
      data_collection_results: {},
    },
  ];
}
