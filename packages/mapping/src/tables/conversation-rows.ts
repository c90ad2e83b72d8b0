import type { ConversationRow } from './conversations.ts';
import type {
  AgentEvaluationRow,
  DataCollectionResultRow,
  DynamicVariableUpdateRow,
  EvaluationResultRow,
  GuardrailTriggerRow,
  LlmUsageRow,
  RagChunkRow,
  ToolCallRow,
  ToolResultChunkRow,
  ToolResultRow,
  TranscriptTurnRow,
  TurnMetricRow,
} from './children.ts';

/** All rows that one payload of one conversation becomes: what the mapping returns and the loader writes. */
export interface ConversationRows {
  readonly conversation: ConversationRow;
  readonly transcriptTurns: readonly TranscriptTurnRow[];
  readonly toolCalls: readonly ToolCallRow[];
  readonly toolResults: readonly ToolResultRow[];
  readonly dynamicVariableUpdates: readonly DynamicVariableUpdateRow[];
  readonly llmUsage: readonly LlmUsageRow[];
  readonly turnMetrics: readonly TurnMetricRow[];
  readonly ragChunks: readonly RagChunkRow[];
  readonly evaluationResults: readonly EvaluationResultRow[];
  readonly dataCollectionResults: readonly DataCollectionResultRow[];
  readonly guardrailTriggers: readonly GuardrailTriggerRow[];
  readonly toolResultChunks: readonly ToolResultChunkRow[];
  readonly agentEvaluations: readonly AgentEvaluationRow[];
}

/**
 * One thing in a payload that the mapping did not expect: counted in `voxport_ops.schema_drift`, never an obstacle to
 * the load.
 */
export interface Drift {
  /** Path with `[]` for an array's items and `{}` for a map's values, e.g. `transcript[].tool_results[].new_key`. */
  readonly path: string;
  readonly kind: 'unknown_key' | 'changed_type' | 'new_value' | 'unstorable_text' | 'missing_items';
  /** The JSON type met, or the new value of a known vocabulary. */
  readonly seen: string;
}
