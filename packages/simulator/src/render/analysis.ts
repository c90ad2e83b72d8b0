import type { Call } from '../model/call.ts';
import type { DataPoint, Evaluation } from '../model/types.ts';
import { sentimentJson } from './blocks.ts';

function evaluationJson(evaluation: Evaluation) {
  return {
    criteria_id: evaluation.id,
    result: evaluation.result,
    rationale: evaluation.rationale,
    ...(evaluation.scoringMode === null
      ? undefined
      : { scoring_mode: evaluation.scoringMode, score: evaluation.score, max_score: evaluation.maxScore }),
  };
}

function dataPointJson(point: DataPoint, isLive: boolean) {
  return {
    data_collection_id: point.id,
    ...(point.name === null ? undefined : { name: point.name }),
    value: point.value,
    json_schema: isLive
      ? {
          type: point.schemaType,
          description: point.name ?? point.id,
          enum: null,
          is_system_provided: false,
          dynamic_variable: '',
          constant_value: '',
        }
      : null,
    rationale: point.rationale,
  };
}

/** `analysis` of the detail: the maps, and the lists with the same content. */
export function analysisJson(call: Call) {
  const { analysis, outline } = call;
  if (analysis === null) return null;
  const evaluations = analysis.evaluations.map(evaluationJson);
  const dataPoints = analysis.dataPoints.map((point) => dataPointJson(point, outline.isLiveShape));
  return {
    evaluation_criteria_results: Object.fromEntries(evaluations.map((row) => [row.criteria_id, row])),
    data_collection_results: Object.fromEntries(dataPoints.map((row) => [row.data_collection_id, row])),
    evaluation_criteria_results_list: outline.isLiveShape ? evaluations : undefined,
    data_collection_results_list: outline.isLiveShape ? dataPoints : undefined,
    call_successful: analysis.success,
    call_success_score: analysis.successScore,
    transcript_summary: analysis.summary,
    call_summary_title: analysis.title,
    scoped:
      outline.agent.hasWorkflow && evaluations.length > 0
        ? [
            {
              scope: 'agent',
              source_agent_id: outline.agent.agentId,
              source_branch_id: outline.branchId,
              evaluation_criteria_results: {},
              data_collection_results: {},
              successful: analysis.success,
              success_score: analysis.successScore,
            },
          ]
        : [],
    sentiment_analysis: sentimentJson(outline),
  };
}
