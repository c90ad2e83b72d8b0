/** Types that hold no text: shown to the restricted reader unless the column is named below. */
const plainTypes: ReadonlySet<string> = new Set([
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'date',
  'timestamp with time zone',
]);

/** Collected from what was said, although they are numbers. */
const contentColumns: ReadonlySet<string> = new Set([
  'data_collection_results.value_number',
  'data_collection_results.value_boolean',
]);

/**
 * Columns of text that hold no word of a caller's, and nothing that names a person: ids of the call and of what the
 * workspace configured, and vocabularies of the platform. A column that is not named here is not shown: a new one is
 * hidden until somebody has judged it.
 */
const plainTextColumns: ReadonlySet<string> = new Set([
  'source_id',
  'conversation_id',
  'conversation_key',
  'agent_id',
  'agent_name',
  'branch_id',
  'branch_name',
  'parent_branch_id',
  'merged_into_branch_id',
  'version_id',
  'environment',
  'product',
  'status',
  'direction',
  'channel',
  'origin',
  'day',
  'initiation_source',
  'initiation_source_version',
  'authorization_method',
  'main_language',
  'call_successful',
  'call_result',
  'sentiment_label',
  'feedback_type',
  'feedback_score',
  'pricing_tier',
  'phone_provider',
  'provider',
  'phone_number_id',
  'batch_call_id',
  'campaign_id',
  'rag_embedding_model',
  'tag_id',
  'tag_ids',
  'tool_names',
  'turn_id',
  'role',
  'source_medium',
  'workflow_node_id',
  'starting_workflow_node_id',
  'llm_override',
  'producing_llm',
  'asr_provider',
  'asr_model',
  'tts_provider',
  'tts_model',
  'tool_id',
  'tool_name',
  'tool_type',
  'result_type',
  'error_type',
  'request_id',
  'variable_name',
  'model',
  'scope',
  'metric',
  'criteria_id',
  'criteria_name',
  'scoring_mode',
  'data_collection_id',
  'value_type',
  'document_id',
  'chunk_id',
  'voice_id',
  'guardrail_type',
  'execution_mode',
  'judged_by',
  'campaign_conversation_type',
  'procedure_ids',
  'start_procedure_ids',
  'whatsapp_phone_number_id',
  'whatsapp_template_name',
  'whatsapp_pricing_category',
  'whatsapp_error_code',
  'whatsapp_permission_state',
]);

/** Plain in one table only: elsewhere a column of the name holds content. */
const plainTableColumns: ReadonlySet<string> = new Set([
  'evaluation_results.result',
  'evaluation_results.name',
  'data_collection_results.name',
  'agents.name',
  'agents.language',
  'agents.llm',
  'agents.voice_id',
  'agents.tool_ids',
  'agent_branches.name',
  'evaluation_criteria.name',
  'evaluation_criteria.criterion_type',
  'tools.name',
  'tools.method',
  'tags.name',
  'recordings.state',
]);

/** Whether the restricted reader sees a column. `type` as `format_type` writes it. */
export function isShownRestricted(column: { relation: string; name: string; type: string }): boolean {
  const place = `${column.relation}.${column.name}`;
  if (contentColumns.has(place)) return false;
  if (plainTypes.has(column.type.replace(/\(.*\)$/u, ''))) return true;
  const isText = ['text', 'text[]', 'character varying'].includes(column.type);
  return isText && (plainTextColumns.has(column.name) || plainTableColumns.has(place));
}
