import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import type { JsonRecord, Reading, Readings } from './read/reading.ts';
import { record } from './read/record.ts';

/**
 * The objects of a detail (and of its list row) that the conversation's columns come from; an empty object where there
 * is none.
 */
export interface ConversationParts {
  readonly detail: JsonRecord;
  readonly listed: JsonRecord;
  readonly metadata: JsonRecord;
  readonly analysis: JsonRecord;
  readonly client: JsonRecord;
  readonly charging: JsonRecord;
  readonly feedback: JsonRecord;
  readonly phoneCall: JsonRecord;
  readonly batchCall: JsonRecord;
  readonly campaign: JsonRecord;
  readonly whatsapp: JsonRecord;
  readonly whatsappOpening: JsonRecord;
  readonly whatsappPermission: JsonRecord;
  readonly sms: JsonRecord;
  readonly error: JsonRecord;
  readonly ragUsage: JsonRecord;
  readonly elevenAssistant: JsonRecord;
  readonly ttsUsage: JsonRecord;
  readonly asrUsage: JsonRecord;
  readonly sentiment: { readonly value: JsonRecord; readonly reading: Reading; readonly path: string };
}

const keys = (...known: string[]): ReadonlySet<string> => new Set(known);

const detailKeys = keys(
  'agent_id',
  'agent_name',
  'conversation_product',
  'conversation_id',
  'status',
  'user_id',
  'branch_id',
  'version_id',
  'environment',
  'visited_agents',
  'transcript',
  'metadata',
  'analysis',
  'conversation_initiation_client_data',
  'has_audio',
  'has_user_audio',
  'has_response_audio',
  'has_auxiliary_audio',
  'tag_ids',
  'hiding_reason',
  'smb_metadata',
  'realtime_config_snapshots',
  'otlp_traces',
  'user_message_count',
  'agent_message_count',
);
const listedKeys = keys(
  'agent_id',
  'agent_name',
  'branch_id',
  'version_id',
  'conversation_id',
  'start_time_unix_secs',
  'call_duration_secs',
  'message_count',
  'status',
  'termination_reason',
  'call_successful',
  'call_success_score',
  'transcript_summary',
  'call_summary_title',
  'main_language',
  'conversation_initiation_source',
  'tool_names',
  'direction',
  'rating',
  'sentiment_analysis',
  'tag_ids',
  'data_collection_results',
  'evaluation_criteria_results',
  'user_message_count',
  'agent_message_count',
  'cost',
  'cost_fiat',
);
const metadataKeys = keys(
  'start_time_unix_secs',
  'accepted_time_unix_secs',
  'call_duration_secs',
  'queue_wait_secs',
  'cost',
  'cost_fiat',
  'deletion_settings',
  'feedback',
  'authorization_method',
  'charging',
  'phone_call',
  'batch_call',
  'termination_reason',
  'error',
  'warnings',
  'main_language',
  'rag_usage',
  'text_only',
  'features_usage',
  'eleven_assistant',
  'initiator_id',
  'conversation_initiation_source',
  'conversation_initiation_source_version',
  'timezone',
  'initiation_trigger',
  'async_metadata',
  'whatsapp',
  'sms',
  'agent_created_from',
  'agent_last_updated_from',
  'voice_rewards',
);
const analysisKeys = keys(
  'evaluation_criteria_results',
  'data_collection_results',
  'evaluation_criteria_results_list',
  'data_collection_results_list',
  'call_successful',
  'call_success_score',
  'transcript_summary',
  'call_summary_title',
  'scoped',
  'sentiment_analysis',
);
const clientKeys = keys(
  'conversation_config_override',
  'custom_llm_extra_body',
  'user_id',
  'source_info',
  'branch_id',
  'environment',
  'starting_workflow_node_id',
  'dynamic_variables',
  'tool_mock_config',
  'procedure_ids',
  'start_procedure_ids',
);
const chargingKeys = keys(
  'dev_discount',
  'is_burst',
  'tier',
  'llm_usage',
  'llm_price',
  'llm_charge',
  'call_charge',
  'platform_charge',
  'platform_price',
  'platform_usage',
  'free_minutes_consumed',
  'free_llm_dollars_consumed',
  'tts_usage',
  'asr_usage',
  'analysis',
  'voice_surcharge_charge',
);
const feedbackKeys = keys('type', 'overall_score', 'likes', 'dislikes', 'rating', 'comment');
const errorKeys = keys('code', 'reason');
const ragUsageKeys = keys('usage_count', 'embedding_model');
const elevenAssistantKeys = keys('is_eleven_assistant');
const empty: JsonRecord = {};

/** Takes a detail apart. Unknown keys go to the conversation's extra, the list row's below `list`. */
export function partsOf(readings: Readings, extra: Extra, detail: JsonRecord, listed: JsonRecord): ConversationParts {
  const { reading, listing } = readings;
  if (hasUnknown(detail, detailKeys)) keepUnknown(reading, extra, detail, detailKeys, '', []);
  if (hasUnknown(listed, listedKeys)) keepUnknown(listing, extra, listed, listedKeys, 'conversations[]', ['list']);

  /** A part that has its own columns for all it holds. */
  function typed(owner: JsonRecord, path: readonly string[], known: ReadonlySet<string>): JsonRecord {
    const found = whole(owner, path);
    if (hasUnknown(found, known)) keepUnknown(reading, extra, found, known, path.join('.'), path);
    return found;
  }
  /** A part that stands in a jsonb column as a whole, whatever keys it has. */
  function whole(owner: JsonRecord, path: readonly string[]): JsonRecord {
    const value = owner[path.at(-1) as string];
    return value === null || value === undefined ? empty : (record(reading, value, path.join('.')) ?? empty);
  }

  const metadata = typed(detail, ['metadata'], metadataKeys);
  const analysis = typed(detail, ['analysis'], analysisKeys);
  const charging = typed(metadata, ['metadata', 'charging'], chargingKeys);
  const batchCall = whole(metadata, ['metadata', 'batch_call']);
  const whatsapp = whole(metadata, ['metadata', 'whatsapp']);
  return {
    detail,
    listed,
    metadata,
    analysis,
    charging,
    batchCall,
    client: typed(detail, ['conversation_initiation_client_data'], clientKeys),
    feedback: typed(metadata, ['metadata', 'feedback'], feedbackKeys),
    phoneCall: whole(metadata, ['metadata', 'phone_call']),
    campaign: whole(batchCall, ['metadata', 'batch_call', 'campaign']),
    whatsapp,
    whatsappOpening: whole(whatsapp, ['metadata', 'whatsapp', 'opening_message']),
    whatsappPermission: whole(whatsapp, ['metadata', 'whatsapp', 'call_permission_request']),
    sms: whole(metadata, ['metadata', 'sms']),
    error: typed(metadata, ['metadata', 'error'], errorKeys),
    ragUsage: typed(metadata, ['metadata', 'rag_usage'], ragUsageKeys),
    elevenAssistant: typed(metadata, ['metadata', 'eleven_assistant'], elevenAssistantKeys),
    ttsUsage: whole(charging, ['metadata', 'charging', 'tts_usage']),
    asrUsage: whole(charging, ['metadata', 'charging', 'asr_usage']),
    sentiment: sentimentOf(readings, analysis, listed),
  };
}

/** The analysis's sentiment is untyped in the reference; the list row's has the typed figures. */
function sentimentOf(
  { reading, listing }: Readings,
  analysis: JsonRecord,
  listed: JsonRecord,
): ConversationParts['sentiment'] {
  const ofDetail = record(reading, analysis['sentiment_analysis'], 'analysis.sentiment_analysis');
  if (ofDetail !== null) return { value: ofDetail, reading, path: 'analysis.sentiment_analysis' };
  const path = 'conversations[].sentiment_analysis';
  return { value: record(listing, listed['sentiment_analysis'], path) ?? empty, reading: listing, path };
}
