/** Where a field's value lands: `table.column`, the typed column first. */
export interface Landing {
  readonly columns: readonly string[];
  /** What the column does with the value, where it is not simply the value. */
  readonly as?:
    | 'redacted'
    | 'from cents'
    | 'from milliseconds'
    | 'duration'
    | 'ISO 8601'
    | 'conversation id'
    | 'listed';
}

/** Why a field has no column. */
export interface LeftOut {
  readonly reason: string;
}

export type Target = Landing | LeftOut;

const to = (...columns: string[]): Landing => ({ columns });
const leftOut = (reason: string): LeftOut => ({ reason });

const usage = (prefix: string): Record<string, Target> => ({
  [`${prefix}.input.tokens`]: to('llm_usage.input_tokens'),
  [`${prefix}.input.price`]: to('llm_usage.input_cost_usd', 'llm_usage.total_cost_usd'),
  [`${prefix}.input_cache_read.tokens`]: to('llm_usage.cache_read_tokens'),
  [`${prefix}.input_cache_read.price`]: to('llm_usage.cache_read_cost_usd', 'llm_usage.total_cost_usd'),
  [`${prefix}.input_cache_write.tokens`]: to('llm_usage.cache_write_tokens'),
  [`${prefix}.input_cache_write.price`]: to('llm_usage.cache_write_cost_usd', 'llm_usage.total_cost_usd'),
  [`${prefix}.output_total.tokens`]: to('llm_usage.output_tokens'),
  [`${prefix}.output_total.price`]: to('llm_usage.output_cost_usd', 'llm_usage.total_cost_usd'),
});

const toolCall = (prefix: string): Record<string, Target> => ({
  [`${prefix}.type`]: to('tool_calls.tool_type'),
  [`${prefix}.request_id`]: to('tool_calls.request_id'),
  [`${prefix}.tool_name`]: to('tool_calls.tool_name'),
  [`${prefix}.tool_id`]: to('tool_calls.tool_id'),
  [`${prefix}.params_as_json`]: to('tool_calls.params_text', 'tool_calls.params'),
  [`${prefix}.tool_has_been_called`]: to('tool_calls.was_called'),
  [`${prefix}.tool_details`]: to('tool_calls.details'),
  [`${prefix}.tool_details.headers`]: { columns: ['tool_calls.details'], as: 'redacted' },
  [`${prefix}.tool_details.webhook_details.headers`]: { columns: ['tool_calls.details'], as: 'redacted' },
});

const toolResult = (prefix: string): Record<string, Target> => ({
  [`${prefix}.request_id`]: to('tool_results.request_id'),
  [`${prefix}.tool_name`]: to('tool_results.tool_name'),
  [`${prefix}.type`]: to('tool_results.tool_type'),
  [`${prefix}.tool_id`]: to('tool_results.tool_id'),
  [`${prefix}.result.chunks[].document_id`]: to('tool_result_chunks.document_id', 'tool_results.result'),
  [`${prefix}.result.chunks[].chunk_id`]: to('tool_result_chunks.chunk_id', 'tool_results.result'),
  [`${prefix}.result.chunks[].content`]: to('tool_result_chunks.content', 'tool_results.result'),
  [`${prefix}.result_value`]: to('tool_results.result_text'),
  [`${prefix}.result`]: to('tool_results.result'),
  [`${prefix}.result.result_type`]: to('tool_results.result_type', 'tool_results.result'),
  [`${prefix}.is_error`]: to('tool_results.is_error'),
  [`${prefix}.is_blocked`]: to('tool_results.is_blocked'),
  [`${prefix}.error_type`]: to('tool_results.error_type'),
  [`${prefix}.raw_error_message`]: to('tool_results.error_message'),
  [`${prefix}.tool_has_been_called`]: to('tool_results.was_called'),
  [`${prefix}.tool_latency_secs`]: to('tool_results.latency_secs'),
  [`${prefix}.integration_id`]: to('tool_results.integration'),
  [`${prefix}.credential_id`]: to('tool_results.integration'),
  [`${prefix}.integration_connection_id`]: to('tool_results.integration'),
  [`${prefix}.dynamic_variable_updates[].variable_name`]: to('dynamic_variable_updates.variable_name'),
  [`${prefix}.dynamic_variable_updates[].old_value`]: to('dynamic_variable_updates.old_value'),
  [`${prefix}.dynamic_variable_updates[].new_value`]: to('dynamic_variable_updates.new_value'),
  [`${prefix}.dynamic_variable_updates[].updated_at`]: to('dynamic_variable_updates.updated_at'),
  [`${prefix}.dynamic_variable_updates[].tool_name`]: to('dynamic_variable_updates.tool_name'),
  [`${prefix}.dynamic_variable_updates[].tool_request_id`]: to('dynamic_variable_updates.request_id'),
});

const evaluation = (prefix: string): Record<string, Target> => ({
  [`${prefix}.criteria_id`]: to('evaluation_results.criteria_id'),
  [`${prefix}.name`]: to('evaluation_results.name'),
  [`${prefix}.result`]: to('evaluation_results.result'),
  [`${prefix}.rationale`]: to('evaluation_results.rationale'),
  [`${prefix}.score`]: to('evaluation_results.score'),
  [`${prefix}.max_score`]: to('evaluation_results.max_score'),
  [`${prefix}.scoring_mode`]: to('evaluation_results.scoring_mode'),
});

const collected = (prefix: string): Record<string, Target> => ({
  [`${prefix}.data_collection_id`]: to('data_collection_results.data_collection_id'),
  [`${prefix}.name`]: to('data_collection_results.name'),
  [`${prefix}.value`]: to('data_collection_results.value', 'data_collection_results.value_text'),
  [`${prefix}.json_schema`]: to('data_collection_results.json_schema'),
  [`${prefix}.rationale`]: to('data_collection_results.rationale'),
});

const paging = leftOut('belongs to the page, not to a conversation: the windows keep it while they list');
const steps = 'transcript[].tool_results[].result.steps[]';
const client = 'conversation_initiation_client_data';

/**
 * Each field's target. A path without an entry has that of its nearest owner: what is below a jsonb column is in it.
 */
export const targets: Readonly<Record<string, Target>> = {
  // The list.
  next_cursor: paging,
  cursor: paging,
  has_more: paging,
  total_count: paging,
  'status.code': leftOut("the envelope's status: the request's outcome, judged when it is received"),
  'status.message': leftOut("the envelope's status: the request's outcome, judged when it is received"),
  'conversations[].agent_id': to('conversations.agent_id'),
  'conversations[].branch_id': to('conversations.branch_id'),
  'conversations[].version_id': to('conversations.version_id'),
  'conversations[].agent_name': to('conversations.agent_name'),
  'conversations[].conversation_id': { columns: ['conversations.conversation_id'], as: 'conversation id' },
  'conversations[].start_time_unix_secs': to('conversations.started_at'),
  'conversations[].call_duration_secs': to('conversations.duration_secs'),
  'conversations[].message_count': to('conversations.message_count'),
  'conversations[].status': to('conversations.status'),
  'conversations[].termination_reason': to('conversations.termination_reason'),
  'conversations[].call_successful': to('conversations.call_successful'),
  'conversations[].call_success_score': to('conversations.success_score'),
  'conversations[].transcript_summary': to('conversations.summary'),
  'conversations[].call_summary_title': to('conversations.summary_title'),
  'conversations[].main_language': to('conversations.main_language'),
  'conversations[].conversation_initiation_source': to('conversations.initiation_source'),
  'conversations[].tool_names': to('conversations.tool_names'),
  'conversations[].direction': to('conversations.direction'),
  'conversations[].rating': to('conversations.rating'),
  'conversations[].tag_ids': to('conversations.tag_ids'),
  'conversations[].sentiment_analysis': to('conversations.sentiment'),
  'conversations[].sentiment_analysis.overall_label': to('conversations.sentiment_label', 'conversations.sentiment'),
  'conversations[].sentiment_analysis.overall_sentiment_score': to(
    'conversations.sentiment_score',
    'conversations.sentiment',
  ),
  'conversations[].sentiment_analysis.overall_frustration_score': to(
    'conversations.frustration_score',
    'conversations.sentiment',
  ),
  ...evaluation('conversations[].evaluation_criteria_results{}'),
  ...collected('conversations[].data_collection_results{}'),
  'conversations[].data_collection_results{}': to(
    'data_collection_results.value',
    'data_collection_results.value_text',
  ),
  'conversations[].user_message_count': to('conversations.user_message_count'),
  'conversations[].agent_message_count': to('conversations.agent_message_count'),
  'conversations[].cost': to('conversations.cost_credits'),
  'conversations[].cost_fiat': to('conversations.cost_usd'),

  // The conversation.
  agent_id: to('conversations.agent_id'),
  agent_name: to('conversations.agent_name'),
  conversation_id: { columns: ['conversations.conversation_id'], as: 'conversation id' },
  conversation_product: to('conversations.product'),
  status: to('conversations.status'),
  user_id: to('conversations.user_id'),
  branch_id: to('conversations.branch_id'),
  version_id: to('conversations.version_id'),
  environment: to('conversations.environment'),
  visited_agents: to('conversations.visited_agents'),
  has_audio: to('conversations.has_audio'),
  has_user_audio: to('conversations.has_user_audio'),
  has_response_audio: to('conversations.has_response_audio'),
  has_auxiliary_audio: to('conversations.has_auxiliary_audio'),
  tag_ids: to('conversations.tag_ids'),
  hiding_reason: to('conversations.hiding_reason'),
  smb_metadata: to('conversations.smb_metadata'),
  realtime_config_snapshots: to('conversations.realtime_config_snapshots'),
  otlp_traces: to('conversations.otlp_traces'),
  user_message_count: to('conversations.user_message_count'),
  agent_message_count: to('conversations.agent_message_count'),
  'metadata.start_time_unix_secs': to('conversations.started_at'),
  'metadata.accepted_time_unix_secs': to('conversations.accepted_at'),
  'metadata.call_duration_secs': to('conversations.duration_secs'),
  'metadata.queue_wait_secs': to('conversations.queue_wait_secs'),
  'metadata.cost': to('conversations.cost_credits'),
  'metadata.cost_fiat': to('conversations.cost_usd'),
  'metadata.deletion_settings': to('conversations.deletion_settings'),
  'metadata.feedback.type': to('conversations.feedback_type'),
  'metadata.feedback.overall_score': to('conversations.feedback_score'),
  'metadata.feedback.likes': to('conversations.likes'),
  'metadata.feedback.dislikes': to('conversations.dislikes'),
  'metadata.feedback.rating': to('conversations.rating'),
  'metadata.feedback.comment': to('conversations.feedback_comment'),
  'metadata.authorization_method': to('conversations.authorization_method'),
  'metadata.charging.dev_discount': to('conversations.dev_discount'),
  'metadata.charging.is_burst': to('conversations.is_burst'),
  'metadata.charging.tier': to('conversations.pricing_tier'),
  'metadata.charging.llm_price': to('conversations.llm_cost_usd'),
  'metadata.charging.llm_charge': to('conversations.llm_credits'),
  'metadata.charging.call_charge': to('conversations.call_credits'),
  'metadata.charging.platform_price': to('conversations.platform_cost_usd'),
  'metadata.charging.platform_charge': to('conversations.platform_credits'),
  'metadata.charging.platform_usage': to('conversations.platform_usage'),
  'metadata.charging.free_minutes_consumed': to('conversations.free_minutes_consumed'),
  'metadata.charging.free_llm_dollars_consumed': to('conversations.free_llm_usd_consumed'),
  'metadata.charging.voice_surcharge_charge': to('conversations.voice_surcharge_credits'),
  'metadata.charging.tts_usage': to('conversations.tts_usage'),
  'metadata.charging.tts_usage.primary_tts_model': to('conversations.tts_model', 'conversations.tts_usage'),
  'metadata.charging.tts_usage.total_characters': to('conversations.tts_characters', 'conversations.tts_usage'),
  'metadata.charging.tts_usage.total_audio_output_seconds': to(
    'conversations.tts_audio_secs',
    'conversations.tts_usage',
  ),
  'metadata.charging.asr_usage': to('conversations.asr_usage'),
  'metadata.charging.asr_usage.asr_model': to('conversations.asr_model', 'conversations.asr_usage'),
  'metadata.charging.asr_usage.total_transcription_calls': to('conversations.asr_calls', 'conversations.asr_usage'),
  'metadata.charging.asr_usage.total_audio_input_seconds': to(
    'conversations.asr_audio_secs',
    'conversations.asr_usage',
  ),
  'metadata.charging.analysis': to('conversations.analysis_usage'),
  ...usage('metadata.charging.llm_usage.initiated_generation.model_usage{}'),
  ...usage('metadata.charging.llm_usage.irreversible_generation.model_usage{}'),
  'metadata.phone_call': to('conversations.phone_call'),
  'metadata.phone_call.direction': to('conversations.direction', 'conversations.phone_call'),
  'metadata.phone_call.phone_number_id': to('conversations.phone_number_id', 'conversations.phone_call'),
  'metadata.phone_call.agent_number': to('conversations.agent_number', 'conversations.phone_call'),
  'metadata.phone_call.external_number': to('conversations.external_number', 'conversations.phone_call'),
  'metadata.phone_call.type': to('conversations.phone_provider', 'conversations.phone_call'),
  'metadata.phone_call.call_sid': to('conversations.call_sid', 'conversations.phone_call'),
  'metadata.phone_call.call_id': to('conversations.call_sid', 'conversations.phone_call'),
  'metadata.phone_call.call_result': to('conversations.call_result', 'conversations.phone_call'),
  'metadata.batch_call': to('conversations.batch_call'),
  'metadata.batch_call.batch_call_id': to('conversations.batch_call_id', 'conversations.batch_call'),
  'metadata.batch_call.batch_call_recipient_id': to('conversations.batch_recipient_id', 'conversations.batch_call'),
  'metadata.batch_call.campaign.campaign_id': to('conversations.campaign_id', 'conversations.batch_call'),
  'metadata.batch_call.campaign.campaign_lead_id': to('conversations.campaign_lead_id', 'conversations.batch_call'),
  'metadata.batch_call.campaign.cold_attempt': to('conversations.campaign_cold_attempt', 'conversations.batch_call'),
  'metadata.batch_call.campaign.conversation_type': to(
    'conversations.campaign_conversation_type',
    'conversations.batch_call',
  ),
  'metadata.termination_reason': to('conversations.termination_reason'),
  'metadata.error.code': to('conversations.error_code'),
  'metadata.error.reason': to('conversations.error_reason'),
  'metadata.warnings': to('conversations.warnings'),
  'metadata.main_language': to('conversations.main_language'),
  'metadata.rag_usage.usage_count': to('conversations.rag_usage_count'),
  'metadata.rag_usage.embedding_model': to('conversations.rag_embedding_model'),
  'metadata.text_only': to('conversations.text_only'),
  'metadata.features_usage': to('conversations.features_usage'),
  'metadata.eleven_assistant.is_eleven_assistant': to('conversations.is_eleven_assistant'),
  'metadata.initiator_id': to('conversations.initiator_id'),
  'metadata.conversation_initiation_source': to('conversations.initiation_source'),
  'metadata.conversation_initiation_source_version': to('conversations.initiation_source_version'),
  'metadata.timezone': to('conversations.timezone'),
  'metadata.initiation_trigger': to('conversations.initiation_trigger'),
  'metadata.async_metadata': to('conversations.async_delivery'),
  'metadata.whatsapp': to('conversations.whatsapp'),
  'metadata.whatsapp.direction': to('conversations.direction', 'conversations.whatsapp'),
  'metadata.whatsapp.whatsapp_user_id': to('conversations.whatsapp_user_id', 'conversations.whatsapp'),
  'metadata.whatsapp.whatsapp_phone_number_id': to('conversations.whatsapp_phone_number_id', 'conversations.whatsapp'),
  'metadata.whatsapp.call_result': to('conversations.call_result', 'conversations.whatsapp'),
  'metadata.whatsapp.opening_message.template_name': to(
    'conversations.whatsapp_template_name',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.opening_message.pricing_category': to(
    'conversations.whatsapp_pricing_category',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.opening_message.billable': to('conversations.whatsapp_is_billable', 'conversations.whatsapp'),
  'metadata.whatsapp.opening_message.error_code': to('conversations.whatsapp_error_code', 'conversations.whatsapp'),
  'metadata.whatsapp.call_permission_request.state': to(
    'conversations.whatsapp_permission_state',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.opening_message.sent_at_unix': to('conversations.whatsapp_sent_at', 'conversations.whatsapp'),
  'metadata.whatsapp.opening_message.delivered_at_unix': to(
    'conversations.whatsapp_delivered_at',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.opening_message.read_at_unix': to('conversations.whatsapp_read_at', 'conversations.whatsapp'),
  'metadata.whatsapp.opening_message.replied_at_unix': to(
    'conversations.whatsapp_replied_at',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.opening_message.failed_at_unix': to('conversations.whatsapp_failed_at', 'conversations.whatsapp'),
  'metadata.whatsapp.call_permission_request.requested_at_unix': to(
    'conversations.whatsapp_permission_requested_at',
    'conversations.whatsapp',
  ),
  'metadata.whatsapp.call_permission_request.responded_at_unix': to(
    'conversations.whatsapp_permission_responded_at',
    'conversations.whatsapp',
  ),
  'metadata.sms': to('conversations.sms'),
  'metadata.sms.direction': to('conversations.direction', 'conversations.sms'),
  'metadata.agent_created_from': to('conversations.agent_created_from'),
  'metadata.agent_last_updated_from': to('conversations.agent_last_updated_from'),
  'metadata.voice_rewards': to('conversations.voice_rewards'),
  'analysis.call_successful': to('conversations.call_successful'),
  'analysis.call_success_score': to('conversations.success_score'),
  'analysis.transcript_summary': to('conversations.summary'),
  'analysis.call_summary_title': to('conversations.summary_title'),
  'analysis.scoped': to('conversations.scoped_analysis'),
  'analysis.scoped[].scope': to('agent_evaluations.scope', 'conversations.scoped_analysis'),
  'analysis.scoped[].source_agent_id': to('agent_evaluations.agent_id', 'conversations.scoped_analysis'),
  'analysis.scoped[].source_branch_id': to('agent_evaluations.branch_id', 'conversations.scoped_analysis'),
  'analysis.scoped[].successful': to('agent_evaluations.call_successful', 'conversations.scoped_analysis'),
  'analysis.scoped[].success_score': to('agent_evaluations.success_score', 'conversations.scoped_analysis'),
  'analysis.scoped[].evaluation_criteria_results': to('agent_evaluations.evaluation_results'),
  'analysis.scoped[].data_collection_results': to('agent_evaluations.data_collection_results'),
  'analysis.sentiment_analysis': to('conversations.sentiment'),
  'analysis.sentiment_analysis.overall_label': to('conversations.sentiment_label', 'conversations.sentiment'),
  'analysis.sentiment_analysis.overall_sentiment_score': to('conversations.sentiment_score', 'conversations.sentiment'),
  'analysis.sentiment_analysis.overall_frustration_score': to(
    'conversations.frustration_score',
    'conversations.sentiment',
  ),
  ...evaluation('analysis.evaluation_criteria_results{}'),
  ...evaluation('analysis.evaluation_criteria_results_list[]'),
  ...collected('analysis.data_collection_results{}'),
  ...collected('analysis.data_collection_results_list[]'),
  [`${client}.conversation_config_override`]: to('conversations.config_override'),
  [`${client}.custom_llm_extra_body`]: to('conversations.custom_llm_extra_body'),
  [`${client}.user_id`]: to('conversations.client_user_id'),
  [`${client}.branch_id`]: to('conversations.client_branch_id'),
  [`${client}.environment`]: to('conversations.client_environment'),
  [`${client}.source_info`]: to('conversations.client_source_info'),
  [`${client}.starting_workflow_node_id`]: to('conversations.starting_workflow_node_id'),
  [`${client}.tool_mock_config`]: to('conversations.tool_mock_config'),
  [`${client}.procedure_ids`]: to('conversations.procedure_ids'),
  [`${client}.start_procedure_ids`]: to('conversations.start_procedure_ids'),
  [`${client}.dynamic_variables`]: to('conversations.dynamic_variables'),
  [`${client}.dynamic_variables.system__conversation_history`]: leftOut(
    'repeats the whole transcript, which has its own rows; the raw payload keeps it',
  ),

  // The turns.
  'transcript[].id': to('transcript_turns.turn_id'),
  'transcript[].role': to('transcript_turns.role'),
  'transcript[].agent_metadata.agent_id': to('transcript_turns.agent_id'),
  'transcript[].agent_metadata.branch_id': to('transcript_turns.branch_id'),
  'transcript[].agent_metadata.version_id': to('transcript_turns.version_id'),
  'transcript[].agent_metadata.workflow_node_id': to('transcript_turns.workflow_node_id'),
  'transcript[].message': to('transcript_turns.message'),
  'transcript[].original_message': to('transcript_turns.original_message'),
  'transcript[].multivoice_message': to('transcript_turns.multivoice'),
  'transcript[].feedback.score': to('transcript_turns.feedback_score'),
  'transcript[].feedback.time_in_call_secs': to('transcript_turns.feedback_time_in_call_secs'),
  'transcript[].llm_override': to('transcript_turns.llm_override'),
  'transcript[].producing_llm': to('transcript_turns.producing_llm'),
  'transcript[].time_in_call_secs': to('transcript_turns.time_in_call_secs'),
  'transcript[].interrupted': to('transcript_turns.interrupted'),
  'transcript[].source_medium': to('transcript_turns.source_medium'),
  'transcript[].ignored_as_backchannel': to('transcript_turns.ignored_as_backchannel'),
  'transcript[].platform_event': to('transcript_turns.platform_event'),
  'transcript[].reasoning': to('transcript_turns.reasoning'),
  'transcript[].reasoned': to('transcript_turns.reasoned'),
  'transcript[].source_event_id': to('transcript_turns.source_event_id'),
  'transcript[].used_static_kb_document_ids': to('transcript_turns.static_document_ids'),
  'transcript[].user_identifier': to('transcript_turns.user_identifier'),
  'transcript[].triggered_guardrails': to('transcript_turns.guardrails'),
  'transcript[].created_at_unix_ms': { columns: ['transcript_turns.said_at'], as: 'from milliseconds' },
  'transcript[].triggered_guardrails[].guardrail_type': to(
    'guardrail_triggers.guardrail_type',
    'transcript_turns.guardrails',
  ),
  'transcript[].triggered_guardrails[].guardrail_name': to(
    'guardrail_triggers.guardrail_name',
    'transcript_turns.guardrails',
  ),
  'transcript[].triggered_guardrails[].execution_mode': to(
    'guardrail_triggers.execution_mode',
    'transcript_turns.guardrails',
  ),
  'transcript[].triggered_guardrails[].guardrail_details.type': to('guardrail_triggers.judged_by'),
  'transcript[].triggered_guardrails[].guardrail_details.score': to('guardrail_triggers.score'),
  'transcript[].triggered_guardrails[].guardrail_details.threshold': to('guardrail_triggers.threshold'),
  'transcript[].triggered_guardrails[].guardrail_details.rationale': to('guardrail_triggers.rationale'),
  'transcript[].file_input': to('transcript_turns.file_inputs'),
  'transcript[].file_inputs': to('transcript_turns.file_inputs'),
  'transcript[].contextual_update_info': to('transcript_turns.contextual_update'),
  'transcript[].analysis': to('transcript_turns.analysis'),
  'transcript[].config_snapshot_id': to('transcript_turns.config_snapshot_id'),
  'transcript[].conversation_turn_metrics.metrics{}.elapsed_time': to('turn_metrics.elapsed_secs'),
  'transcript[].conversation_turn_metrics{}.elapsed_time': to('turn_metrics.elapsed_secs'),
  'transcript[].conversation_turn_metrics.convai_asr_provider': to('transcript_turns.asr_provider'),
  'transcript[].conversation_turn_metrics.convai_tts_provider': to('transcript_turns.tts_provider'),
  'transcript[].conversation_turn_metrics.convai_tts_model': to('transcript_turns.tts_model'),
  'transcript[].conversation_turn_metrics.voice_id': to('transcript_turns.voice_id'),
  'transcript[].conversation_turn_metrics.convai_tts_cascade': to('transcript_turns.tts_cascade'),
  'transcript[].rag_retrieval_info.chunks[].document_id': to('rag_chunks.document_id'),
  'transcript[].rag_retrieval_info.chunks[].chunk_id': to('rag_chunks.chunk_id'),
  'transcript[].rag_retrieval_info.chunks[].vector_distance': to('rag_chunks.vector_distance'),
  'transcript[].rag_retrieval_info.chunks[].is_used': to('rag_chunks.is_used'),
  'transcript[].rag_retrieval_info.used_chunk_ids': { columns: ['rag_chunks.is_used'], as: 'listed' },
  'transcript[].rag_retrieval_info.embedding_model': to('transcript_turns.rag_embedding_model'),
  'transcript[].rag_retrieval_info.retrieval_query': to('transcript_turns.rag_query'),
  'transcript[].rag_retrieval_info.rag_latency_secs': to('transcript_turns.rag_latency_secs'),
  ...usage('transcript[].llm_usage.model_usage{}'),
  ...toolCall('transcript[].tool_calls[]'),
  ...toolResult('transcript[].tool_results[]'),
  ...toolCall(`${steps}.requests[]`),
  ...toolResult(`${steps}.results[]`),
  [`${steps}.results[]`]: to('tool_results.result_index', 'tool_results.parent_result_index', 'tool_results.depth'),
  [`${steps}.node_id`]: to('tool_results.workflow_node_id', 'tool_results.result'),

  // The proxy, list row and detail alike.
  'data[].conversation_id': { columns: ['conversations.conversation_id'], as: 'conversation id' },
  'data[].id': { columns: ['conversations.conversation_id'], as: 'conversation id' },
  'data[].agent_id': to('conversations.agent_id'),
  'data[].agent_name': to('conversations.agent_name'),
  'data[].status': to('conversations.status'),
  'data[].created_at': { columns: ['conversations.started_at'], as: 'ISO 8601' },
  'data[].date': { columns: ['conversations.started_at'], as: 'ISO 8601' },
  'data[].duration': { columns: ['conversations.duration_secs'], as: 'duration' },
  'data[].metadata.duration': to('conversations.duration_secs'),
  'data[].metadata.call_quality': to('conversations.call_quality'),
  'data[].cost.amount_dollars': to('conversations.cost_usd', 'conversations.proxy'),
  'data[].cost.amount_cents': { columns: ['conversations.cost_usd'], as: 'from cents' },
  'data[].outcome': to('conversations.outcome'),
  'data[].summary': to('conversations.summary'),
  'data[].metadata.summary': to('conversations.summary'),
  'data[].message': to('conversations.proxy'),
  'data[].time_in_call_secs': to('conversations.proxy'),
  'data[].transcript[].role': to('transcript_turns.role'),
  'data[].transcript[].content': to('transcript_turns.message'),
  'data[].transcript[].message': to('transcript_turns.message'),
  'data[].transcript[].timestamp': { columns: ['transcript_turns.said_at'], as: 'ISO 8601' },
  'data[].transcript[].time_in_call_secs': to('transcript_turns.time_in_call_secs'),
};

/** The target of a path: its own entry, or its nearest owner's; null where nobody decided. */
export function targetOf(path: string): Target | null {
  for (let owner = path; owner !== ''; owner = ownerOf(owner)) {
    const target = targets[owner];
    if (target !== undefined) return target;
  }
  return null;
}

function ownerOf(path: string): string {
  if (path.endsWith('[]') || path.endsWith('{}')) return path.slice(0, -2);
  return path.slice(0, Math.max(path.lastIndexOf('.'), 0));
}
