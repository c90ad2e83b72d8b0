import type { ConversationRow } from './tables/conversations.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { extraCell, type Extra } from './read/extra.ts';
import { flag } from './read/flag.ts';
import { jsonCell, listCell, objectCell } from './read/json-cell.ts';
import { integer } from './read/number.ts';
import { amount, count, score, duration } from './read/quantity.ts';
import type { JsonRecord, Reading, Readings } from './read/reading.ts';
import { record } from './read/record.ts';
import { identifier, text, texts, word } from './read/text.ts';
import { isoOfSecs, unixSecs } from './read/time.ts';
import type { RowKey } from './row-key.ts';
import {
  agentSources,
  authorizationMethods,
  callResults,
  campaignConversationTypes,
  directions,
  feedbackScores,
  feedbackTypes,
  initiationSources,
  phoneProviders,
  statuses,
  successResults,
  whatsappPermissionStates,
} from './vocabularies.ts';

/** What a proxy tells of a conversation that the ElevenLabs model has no place for. */
export interface ProxyFields {
  readonly callQuality: string | null;
  readonly outcome: string | null;
  readonly costUsd: number | string | null;
  /** What else only the proxy has, as received. */
  readonly rest: JsonRecord | null;
}

/** What is known of the conversation from its other rows. */
export interface ConversationContext {
  readonly startedSecs: number | null;
  /** Null where the payload has no transcript. */
  readonly turnCount: number | null;
  /**
   * Turns that have a text, which is what the source's `message_count` counts; null where the payload has no
   * transcript.
   */
  readonly messageCount: number | null;
  /** Distinct names of the tools called, in order, without routing. */
  readonly toolNames: readonly string[];
  readonly proxy: ProxyFields;
}

/** The row of `conversations`. Where a list row was given, it fills what the detail leaves null. */
export function conversationRow(
  { reading, listing }: Readings,
  key: RowKey,
  parts: ConversationParts,
  context: ConversationContext,
  extra: Extra,
): ConversationRow {
  const { detail, listed, metadata, analysis, client, charging, feedback, phoneCall, batchCall, campaign } = parts;
  const { whatsapp, sms, error, ragUsage, elevenAssistant, ttsUsage, asrUsage } = parts;
  const sentiment = parts.sentiment.value;
  const { startedSecs, proxy } = context;
  const userMessages =
    count(reading, detail['user_message_count'], 'user_message_count') ??
    count(listing, listed['user_message_count'], 'conversations[].user_message_count');
  const agentMessages =
    count(reading, detail['agent_message_count'], 'agent_message_count') ??
    count(listing, listed['agent_message_count'], 'conversations[].agent_message_count');

  const durationSecs =
    duration(reading, metadata['call_duration_secs'], 'metadata.call_duration_secs') ??
    duration(listing, listed['call_duration_secs'], 'conversations[].call_duration_secs');

  return {
    source_id: key.source_id,
    conversation_id: key.conversation_id,
    agent_id:
      identifier(reading, detail['agent_id'], 'agent_id') ??
      identifier(listing, listed['agent_id'], 'conversations[].agent_id'),
    agent_name:
      text(reading, detail['agent_name'], 'agent_name') ??
      text(listing, listed['agent_name'], 'conversations[].agent_name'),
    branch_id:
      identifier(reading, detail['branch_id'], 'branch_id') ??
      identifier(listing, listed['branch_id'], 'conversations[].branch_id'),
    version_id:
      identifier(reading, detail['version_id'], 'version_id') ??
      identifier(listing, listed['version_id'], 'conversations[].version_id'),
    environment: identifier(reading, detail['environment'], 'environment'),
    product: identifier(reading, detail['conversation_product'], 'conversation_product'),
    user_id: identifier(reading, detail['user_id'], 'user_id'),
    status:
      word(reading, detail['status'], 'status', statuses) ??
      word(listing, listed['status'], 'conversations[].status', statuses),
    started_at: isoOfSecs(startedSecs),
    accepted_at: isoOfSecs(unixSecs(reading, metadata['accepted_time_unix_secs'], 'metadata.accepted_time_unix_secs')),
    ended_at: startedSecs === null || durationSecs === null ? null : isoOfSecs(startedSecs + durationSecs),
    duration_secs: durationSecs,
    queue_wait_secs: duration(reading, metadata['queue_wait_secs'], 'metadata.queue_wait_secs'),
    message_count:
      count(listing, listed['message_count'], 'conversations[].message_count') ??
      (userMessages === null || agentMessages === null
        ? context.messageCount
        : Number(userMessages) + Number(agentMessages)),
    turn_count: context.turnCount,
    direction:
      word(reading, phoneCall['direction'], 'metadata.phone_call.direction', directions) ??
      word(reading, whatsapp['direction'], 'metadata.whatsapp.direction', directions) ??
      word(reading, sms['direction'], 'metadata.sms.direction', directions) ??
      word(listing, listed['direction'], 'conversations[].direction', directions),
    initiation_source:
      word(
        reading,
        metadata['conversation_initiation_source'],
        'metadata.conversation_initiation_source',
        initiationSources,
      ) ??
      word(
        listing,
        listed['conversation_initiation_source'],
        'conversations[].conversation_initiation_source',
        initiationSources,
      ),
    initiation_source_version: identifier(
      reading,
      metadata['conversation_initiation_source_version'],
      'metadata.conversation_initiation_source_version',
    ),
    authorization_method: word(
      reading,
      metadata['authorization_method'],
      'metadata.authorization_method',
      authorizationMethods,
    ),
    main_language:
      identifier(reading, metadata['main_language'], 'metadata.main_language') ??
      identifier(listing, listed['main_language'], 'conversations[].main_language'),
    timezone: identifier(reading, metadata['timezone'], 'metadata.timezone'),
    text_only: flag(reading, metadata['text_only'], 'metadata.text_only'),
    termination_reason:
      text(reading, metadata['termination_reason'], 'metadata.termination_reason') ??
      text(listing, listed['termination_reason'], 'conversations[].termination_reason'),
    error_code: integer(reading, error['code'], 'metadata.error.code'),
    error_reason: text(reading, error['reason'], 'metadata.error.reason'),
    warnings: texts(reading, metadata['warnings'], 'metadata.warnings'),
    call_successful:
      word(reading, analysis['call_successful'], 'analysis.call_successful', successResults) ??
      word(listing, listed['call_successful'], 'conversations[].call_successful', successResults),
    success_score:
      score(reading, analysis['call_success_score'], 'analysis.call_success_score') ??
      score(listing, listed['call_success_score'], 'conversations[].call_success_score'),
    summary_title:
      text(reading, analysis['call_summary_title'], 'analysis.call_summary_title') ??
      text(listing, listed['call_summary_title'], 'conversations[].call_summary_title'),
    summary:
      text(reading, analysis['transcript_summary'], 'analysis.transcript_summary') ??
      text(listing, listed['transcript_summary'], 'conversations[].transcript_summary'),
    sentiment_label: identifier(
      parts.sentiment.reading,
      sentiment['overall_label'],
      `${parts.sentiment.path}.overall_label`,
    ),
    sentiment_score: score(
      parts.sentiment.reading,
      sentiment['overall_sentiment_score'],
      `${parts.sentiment.path}.overall_sentiment_score`,
    ),
    frustration_score: score(
      parts.sentiment.reading,
      sentiment['overall_frustration_score'],
      `${parts.sentiment.path}.overall_frustration_score`,
    ),
    rating:
      score(reading, feedback['rating'], 'metadata.feedback.rating') ??
      score(listing, listed['rating'], 'conversations[].rating'),
    feedback_type: word(reading, feedback['type'], 'metadata.feedback.type', feedbackTypes),
    feedback_score: word(reading, feedback['overall_score'], 'metadata.feedback.overall_score', feedbackScores),
    feedback_comment: text(reading, feedback['comment'], 'metadata.feedback.comment'),
    likes: count(reading, feedback['likes'], 'metadata.feedback.likes'),
    dislikes: count(reading, feedback['dislikes'], 'metadata.feedback.dislikes'),
    // Credits and dollars never mix: `cost` and every `…_charge` are credits, `cost_fiat` and every `…_price` are
    // dollars.
    cost_credits:
      amount(reading, metadata['cost'], 'metadata.cost') ?? amount(listing, listed['cost'], 'conversations[].cost'),
    cost_usd:
      amount(reading, metadata['cost_fiat'], 'metadata.cost_fiat') ??
      (proxy.rest === null ? amount(listing, listed['cost_fiat'], 'conversations[].cost_fiat') : null) ??
      proxy.costUsd,
    llm_cost_usd: amount(reading, charging['llm_price'], 'metadata.charging.llm_price'),
    llm_credits: amount(reading, charging['llm_charge'], 'metadata.charging.llm_charge'),
    call_credits: amount(reading, charging['call_charge'], 'metadata.charging.call_charge'),
    platform_cost_usd: amount(reading, charging['platform_price'], 'metadata.charging.platform_price'),
    platform_credits: amount(reading, charging['platform_charge'], 'metadata.charging.platform_charge'),
    pricing_tier: identifier(reading, charging['tier'], 'metadata.charging.tier'),
    is_burst: flag(reading, charging['is_burst'], 'metadata.charging.is_burst'),
    dev_discount: flag(reading, charging['dev_discount'], 'metadata.charging.dev_discount'),
    free_minutes_consumed: duration(
      reading,
      charging['free_minutes_consumed'],
      'metadata.charging.free_minutes_consumed',
    ),
    free_llm_usd_consumed: amount(
      reading,
      charging['free_llm_dollars_consumed'],
      'metadata.charging.free_llm_dollars_consumed',
    ),
    tts_model: identifier(reading, ttsUsage['primary_tts_model'], 'metadata.charging.tts_usage.primary_tts_model'),
    tts_characters: count(reading, ttsUsage['total_characters'], 'metadata.charging.tts_usage.total_characters'),
    tts_audio_secs: duration(
      reading,
      ttsUsage['total_audio_output_seconds'],
      'metadata.charging.tts_usage.total_audio_output_seconds',
    ),
    asr_model: identifier(reading, asrUsage['asr_model'], 'metadata.charging.asr_usage.asr_model'),
    asr_audio_secs: duration(
      reading,
      asrUsage['total_audio_input_seconds'],
      'metadata.charging.asr_usage.total_audio_input_seconds',
    ),
    phone_provider: word(reading, phoneCall['type'], 'metadata.phone_call.type', phoneProviders),
    phone_number_id: identifier(reading, phoneCall['phone_number_id'], 'metadata.phone_call.phone_number_id'),
    agent_number: identifier(reading, phoneCall['agent_number'], 'metadata.phone_call.agent_number'),
    external_number: identifier(reading, phoneCall['external_number'], 'metadata.phone_call.external_number'),
    call_sid:
      identifier(reading, phoneCall['call_sid'], 'metadata.phone_call.call_sid') ??
      identifier(reading, phoneCall['call_id'], 'metadata.phone_call.call_id'),
    call_result:
      word(reading, phoneCall['call_result'], 'metadata.phone_call.call_result', callResults) ??
      word(reading, whatsapp['call_result'], 'metadata.whatsapp.call_result', callResults),
    batch_call_id: identifier(reading, batchCall['batch_call_id'], 'metadata.batch_call.batch_call_id'),
    batch_recipient_id: identifier(
      reading,
      batchCall['batch_call_recipient_id'],
      'metadata.batch_call.batch_call_recipient_id',
    ),
    campaign_id: identifier(reading, campaign['campaign_id'], 'metadata.batch_call.campaign.campaign_id'),
    whatsapp_user_id: identifier(reading, whatsapp['whatsapp_user_id'], 'metadata.whatsapp.whatsapp_user_id'),
    rag_usage_count: count(reading, ragUsage['usage_count'], 'metadata.rag_usage.usage_count'),
    rag_embedding_model: identifier(reading, ragUsage['embedding_model'], 'metadata.rag_usage.embedding_model'),
    has_audio: flag(reading, detail['has_audio'], 'has_audio'),
    has_user_audio: flag(reading, detail['has_user_audio'], 'has_user_audio'),
    has_response_audio: flag(reading, detail['has_response_audio'], 'has_response_audio'),
    tag_ids:
      texts(reading, detail['tag_ids'], 'tag_ids') ?? texts(listing, listed['tag_ids'], 'conversations[].tag_ids'),
    dynamic_variables: dynamicVariablesCell(reading, client),
    config_override: objectCell(
      reading,
      client['conversation_config_override'],
      'conversation_initiation_client_data.conversation_config_override',
    ),
    features_usage: objectCell(reading, metadata['features_usage'], 'metadata.features_usage'),
    deletion_settings: objectCell(reading, metadata['deletion_settings'], 'metadata.deletion_settings'),

    tool_names: texts(listing, listed['tool_names'], 'conversations[].tool_names') ?? context.toolNames,
    has_auxiliary_audio: flag(reading, detail['has_auxiliary_audio'], 'has_auxiliary_audio'),
    initiator_id: identifier(reading, metadata['initiator_id'], 'metadata.initiator_id'),
    is_eleven_assistant: flag(
      reading,
      elevenAssistant['is_eleven_assistant'],
      'metadata.eleven_assistant.is_eleven_assistant',
    ),
    agent_created_from: word(reading, metadata['agent_created_from'], 'metadata.agent_created_from', agentSources),
    agent_last_updated_from: word(
      reading,
      metadata['agent_last_updated_from'],
      'metadata.agent_last_updated_from',
      agentSources,
    ),
    hiding_reason: identifier(reading, detail['hiding_reason'], 'hiding_reason'),
    starting_workflow_node_id: identifier(
      reading,
      client['starting_workflow_node_id'],
      'conversation_initiation_client_data.starting_workflow_node_id',
    ),
    asr_calls: count(
      reading,
      asrUsage['total_transcription_calls'],
      'metadata.charging.asr_usage.total_transcription_calls',
    ),
    sentiment:
      objectCell(reading, analysis['sentiment_analysis'], 'analysis.sentiment_analysis') ??
      objectCell(listing, listed['sentiment_analysis'], 'conversations[].sentiment_analysis'),
    visited_agents: listCell(reading, detail['visited_agents'], 'visited_agents'),
    phone_call: objectCell(reading, metadata['phone_call'], 'metadata.phone_call'),
    batch_call: objectCell(reading, metadata['batch_call'], 'metadata.batch_call'),
    whatsapp: objectCell(reading, metadata['whatsapp'], 'metadata.whatsapp'),
    sms: objectCell(reading, metadata['sms'], 'metadata.sms'),
    async_delivery: objectCell(reading, metadata['async_metadata'], 'metadata.async_metadata'),
    initiation_trigger: jsonCell(reading, metadata['initiation_trigger'], 'metadata.initiation_trigger'),
    voice_rewards: listCell(reading, metadata['voice_rewards'], 'metadata.voice_rewards'),
    platform_usage: objectCell(reading, charging['platform_usage'], 'metadata.charging.platform_usage'),
    tts_usage: objectCell(reading, charging['tts_usage'], 'metadata.charging.tts_usage'),
    asr_usage: objectCell(reading, charging['asr_usage'], 'metadata.charging.asr_usage'),
    analysis_usage: objectCell(reading, charging['analysis'], 'metadata.charging.analysis'),
    scoped_analysis: listCell(reading, analysis['scoped'], 'analysis.scoped'),
    custom_llm_extra_body: objectCell(
      reading,
      client['custom_llm_extra_body'],
      'conversation_initiation_client_data.custom_llm_extra_body',
    ),
    tool_mock_config: objectCell(
      reading,
      client['tool_mock_config'],
      'conversation_initiation_client_data.tool_mock_config',
    ),
    client_source_info: objectCell(reading, client['source_info'], 'conversation_initiation_client_data.source_info'),
    smb_metadata: jsonCell(reading, detail['smb_metadata'], 'smb_metadata'),
    realtime_config_snapshots: jsonCell(reading, detail['realtime_config_snapshots'], 'realtime_config_snapshots'),
    otlp_traces: jsonCell(reading, detail['otlp_traces'], 'otlp_traces'),
    client_user_id: identifier(reading, client['user_id'], 'conversation_initiation_client_data.user_id'),
    client_branch_id: identifier(reading, client['branch_id'], 'conversation_initiation_client_data.branch_id'),
    client_environment: identifier(reading, client['environment'], 'conversation_initiation_client_data.environment'),
    call_quality: proxy.callQuality,
    outcome: proxy.outcome,
    proxy: jsonCell(reading, proxy.rest, 'proxy'),
    extra: extraCell(listing, extra, 'extra'),
    user_message_count: userMessages,
    agent_message_count: agentMessages,
    voice_surcharge_credits: amount(
      reading,
      charging['voice_surcharge_charge'],
      'metadata.charging.voice_surcharge_charge',
    ),
    campaign_lead_id: identifier(
      reading,
      campaign['campaign_lead_id'],
      'metadata.batch_call.campaign.campaign_lead_id',
    ),
    campaign_cold_attempt: count(reading, campaign['cold_attempt'], 'metadata.batch_call.campaign.cold_attempt'),
    campaign_conversation_type: word(
      reading,
      campaign['conversation_type'],
      'metadata.batch_call.campaign.conversation_type',
      campaignConversationTypes,
    ),
    procedure_ids: texts(reading, client['procedure_ids'], 'conversation_initiation_client_data.procedure_ids'),
    start_procedure_ids: texts(
      reading,
      client['start_procedure_ids'],
      'conversation_initiation_client_data.start_procedure_ids',
    ),
    ...whatsappCells(reading, parts),
  };
}

/** How the opening message of a WhatsApp conversation was delivered, and whether its user permits calls. */
function whatsappCells(reading: Reading, { whatsapp, whatsappOpening, whatsappPermission }: ConversationParts) {
  const opening = 'metadata.whatsapp.opening_message';
  const permission = 'metadata.whatsapp.call_permission_request';
  const at = (owner: JsonRecord, path: string, key: string): string | null =>
    isoOfSecs(unixSecs(reading, owner[key], `${path}.${key}`));
  return {
    whatsapp_phone_number_id: identifier(
      reading,
      whatsapp['whatsapp_phone_number_id'],
      'metadata.whatsapp.whatsapp_phone_number_id',
    ),
    whatsapp_template_name: identifier(reading, whatsappOpening['template_name'], `${opening}.template_name`),
    whatsapp_pricing_category: identifier(reading, whatsappOpening['pricing_category'], `${opening}.pricing_category`),
    whatsapp_is_billable: flag(reading, whatsappOpening['billable'], `${opening}.billable`),
    whatsapp_sent_at: at(whatsappOpening, opening, 'sent_at_unix'),
    whatsapp_delivered_at: at(whatsappOpening, opening, 'delivered_at_unix'),
    whatsapp_read_at: at(whatsappOpening, opening, 'read_at_unix'),
    whatsapp_replied_at: at(whatsappOpening, opening, 'replied_at_unix'),
    whatsapp_failed_at: at(whatsappOpening, opening, 'failed_at_unix'),
    whatsapp_error_code: identifier(reading, whatsappOpening['error_code'], `${opening}.error_code`),
    whatsapp_permission_state: word(
      reading,
      whatsappPermission['state'],
      `${permission}.state`,
      whatsappPermissionStates,
    ),
    whatsapp_permission_requested_at: at(whatsappPermission, permission, 'requested_at_unix'),
    whatsapp_permission_responded_at: at(whatsappPermission, permission, 'responded_at_unix'),
  };
}

/** The variables, less the history, which repeats the whole transcript. */
function dynamicVariablesCell(reading: Reading, client: JsonRecord): string | null {
  const path = 'conversation_initiation_client_data.dynamic_variables';
  const value = client['dynamic_variables'];
  if (value === null || value === undefined) return null;
  const variables = record(reading, value, path);
  if (variables === null) return null;
  const { system__conversation_history: _history, ...rest } = variables;
  return jsonCell(reading, rest, path);
}
