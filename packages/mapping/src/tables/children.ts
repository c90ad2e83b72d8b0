import { conversationKey, table, type RowOf, type Table } from './table.ts';

/** One row a turn of the dialogue. */
export const transcriptTurns = table('transcript_turns', {
  ...conversationKey,
  turn_index: 'bigint',
  turn_id: 'text',
  role: 'text',
  message: 'text',
  original_message: 'text',
  time_in_call_secs: 'double precision',
  said_at: 'timestamptz',
  interrupted: 'boolean',
  source_medium: 'text',
  agent_id: 'text',
  branch_id: 'text',
  version_id: 'text',
  workflow_node_id: 'text',
  llm_override: 'text',
  producing_llm: 'text',
  feedback_score: 'text',
  feedback_time_in_call_secs: 'double precision',
  rag_query: 'text',
  rag_embedding_model: 'text',
  rag_latency_secs: 'double precision',
  tool_call_count: 'bigint',
  tool_result_count: 'bigint',
  multivoice: 'jsonb',
  reasoning: 'jsonb',
  guardrails: 'jsonb',
  // Beyond the contract's list.
  asr_provider: 'text',
  tts_provider: 'text',
  tts_model: 'text',
  tts_cascade: 'jsonb',
  source_event_id: 'text',
  user_identifier: 'text',
  ignored_as_backchannel: 'boolean',
  reasoned: 'boolean',
  static_document_ids: 'text[]',
  platform_event: 'jsonb',
  file_inputs: 'jsonb',
  contextual_update: 'jsonb',
  analysis: 'jsonb',
  config_snapshot_id: 'text',
  extra: 'jsonb',
  voice_id: 'text',
});

/** One row a tool call that the agent asked for. */
export const toolCalls = table('tool_calls', {
  ...conversationKey,
  turn_index: 'bigint',
  call_index: 'bigint',
  request_id: 'text',
  tool_name: 'text',
  tool_type: 'text',
  params: 'jsonb',
  params_text: 'text',
  was_called: 'boolean',
  is_routing: 'boolean',
  details: 'jsonb',
  // Beyond the contract's list: calls inside a workflow result stand here too, flattened like their results.
  parent_result_index: 'bigint',
  depth: 'bigint',
  extra: 'jsonb',
  tool_id: 'text',
});

/** One row a tool result; nested workflow results are flattened depth first. */
export const toolResults = table('tool_results', {
  ...conversationKey,
  turn_index: 'bigint',
  result_index: 'bigint',
  parent_result_index: 'bigint',
  depth: 'bigint',
  step_index: 'bigint',
  workflow_node_id: 'text',
  request_id: 'text',
  tool_name: 'text',
  tool_type: 'text',
  result_type: 'text',
  is_routing: 'boolean',
  result_text: 'text',
  result: 'jsonb',
  is_error: 'boolean',
  is_blocked: 'boolean',
  error_type: 'text',
  error_message: 'text',
  was_called: 'boolean',
  latency_secs: 'double precision',
  // Beyond the contract's list.
  integration: 'jsonb',
  extra: 'jsonb',
  tool_id: 'text',
});

/** One row a dynamic variable that a tool result changed. */
export const dynamicVariableUpdates = table('dynamic_variable_updates', {
  ...conversationKey,
  turn_index: 'bigint',
  result_index: 'bigint',
  update_index: 'bigint',
  variable_name: 'text',
  old_value: 'text',
  new_value: 'text',
  updated_at: 'timestamptz',
  tool_name: 'text',
  request_id: 'text',
});

/**
 * One row a model and scope: `turn`, or the whole call's `call_initiated` and `call_irreversible`, which hold the same
 * generations.
 */
export const llmUsage = table('llm_usage', {
  ...conversationKey,
  scope: 'text',
  turn_index: 'bigint',
  model: 'text',
  input_tokens: 'bigint',
  input_cost_usd: 'numeric',
  cache_read_tokens: 'bigint',
  cache_read_cost_usd: 'numeric',
  cache_write_tokens: 'bigint',
  cache_write_cost_usd: 'numeric',
  output_tokens: 'bigint',
  output_cost_usd: 'numeric',
  total_cost_usd: 'numeric',
});

/** One row a latency measured in a turn. */
export const turnMetrics = table('turn_metrics', {
  ...conversationKey,
  turn_index: 'bigint',
  metric: 'text',
  elapsed_secs: 'double precision',
});

/** One row a knowledge-base chunk retrieved for a turn. */
export const ragChunks = table('rag_chunks', {
  ...conversationKey,
  turn_index: 'bigint',
  chunk_index: 'bigint',
  document_id: 'text',
  chunk_id: 'text',
  vector_distance: 'double precision',
  is_used: 'boolean',
});

/** One row an evaluation criterion that was judged. */
export const evaluationResults = table('evaluation_results', {
  ...conversationKey,
  criteria_id: 'text',
  result: 'text',
  rationale: 'text',
  score: 'double precision',
  max_score: 'double precision',
  scoring_mode: 'text',
  // Beyond the contract's list.
  name: 'text',
  extra: 'jsonb',
});

/** One row a data point that the analysis collected; its value is of any JSON type. */
export const dataCollectionResults = table('data_collection_results', {
  ...conversationKey,
  data_collection_id: 'text',
  name: 'text',
  value: 'jsonb',
  value_text: 'text',
  value_number: 'double precision',
  value_boolean: 'boolean',
  value_type: 'text',
  rationale: 'text',
  // Beyond the contract's list.
  json_schema: 'jsonb',
  extra: 'jsonb',
});

/** One row per guardrail that a turn triggered. */
export const guardrailTriggers = table('guardrail_triggers', {
  ...conversationKey,
  turn_index: 'bigint',
  trigger_index: 'bigint',
  guardrail_type: 'text',
  guardrail_name: 'text',
  execution_mode: 'text',
  judged_by: 'text',
  score: 'double precision',
  threshold: 'double precision',
  rationale: 'text',
  extra: 'jsonb',
});

/**
 * One row per chunk that a knowledge tool found, beside `rag_chunks`, which holds those that the platform retrieved by
 * itself.
 */
export const toolResultChunks = table('tool_result_chunks', {
  ...conversationKey,
  turn_index: 'bigint',
  result_index: 'bigint',
  chunk_index: 'bigint',
  document_id: 'text',
  chunk_id: 'text',
  content: 'text',
});

/** One row per scope that the analysis judged by itself: an agent that took part, or the conversation. */
export const agentEvaluations = table('agent_evaluations', {
  ...conversationKey,
  scope_index: 'bigint',
  scope: 'text',
  agent_id: 'text',
  branch_id: 'text',
  call_successful: 'text',
  success_score: 'double precision',
  evaluation_results: 'jsonb',
  data_collection_results: 'jsonb',
  extra: 'jsonb',
});

export type TranscriptTurnRow = RowOf<typeof transcriptTurns>;
export type ToolCallRow = RowOf<typeof toolCalls>;
export type ToolResultRow = RowOf<typeof toolResults>;
export type DynamicVariableUpdateRow = RowOf<typeof dynamicVariableUpdates>;
export type LlmUsageRow = RowOf<typeof llmUsage>;
export type TurnMetricRow = RowOf<typeof turnMetrics>;
export type RagChunkRow = RowOf<typeof ragChunks>;
export type EvaluationResultRow = RowOf<typeof evaluationResults>;
export type DataCollectionResultRow = RowOf<typeof dataCollectionResults>;
export type GuardrailTriggerRow = RowOf<typeof guardrailTriggers>;
export type ToolResultChunkRow = RowOf<typeof toolResultChunks>;
export type AgentEvaluationRow = RowOf<typeof agentEvaluations>;

/** Every table whose rows belong to a conversation. */
export const childTables: readonly Table[] = [
  transcriptTurns,
  toolCalls,
  toolResults,
  dynamicVariableUpdates,
  llmUsage,
  turnMetrics,
  ragChunks,
  evaluationResults,
  dataCollectionResults,
  guardrailTriggers,
  toolResultChunks,
  agentEvaluations,
];
