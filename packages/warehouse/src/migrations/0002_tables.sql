-- Schema voxport: the tables that analysts read. src/tables/*.ts is the loader's half of the same columns; a test holds the two together.
-- No enum and no check on a vendor's value: vocabularies grow weekly. Few indexes: each one costs load speed, and every child's key starts with its conversation.

create schema if not exists voxport;
comment on schema voxport is 'Conversations of voice agents: one table per thing, and views for people who do not join. Start with conversations, conversation_transcripts and daily_agent_stats';


create table voxport.conversations (
  source_id text not null,
  conversation_id text not null,
  agent_id text,
  agent_name text,
  branch_id text,
  version_id text,
  environment text,
  product text,
  user_id text,
  status text,
  started_at timestamptz,
  accepted_at timestamptz,
  ended_at timestamptz,
  duration_secs double precision,
  queue_wait_secs double precision,
  message_count bigint,
  turn_count bigint,
  direction text,
  initiation_source text,
  initiation_source_version text,
  authorization_method text,
  main_language text,
  timezone text,
  text_only boolean,
  termination_reason text,
  error_code bigint,
  error_reason text,
  warnings text[],
  call_successful text,
  success_score double precision,
  summary_title text,
  summary text,
  sentiment_label text,
  sentiment_score double precision,
  frustration_score double precision,
  rating double precision,
  feedback_type text,
  feedback_score text,
  feedback_comment text,
  likes bigint,
  dislikes bigint,
  cost_credits numeric,
  cost_usd numeric,
  llm_cost_usd numeric,
  llm_credits numeric,
  call_credits numeric,
  platform_cost_usd numeric,
  platform_credits numeric,
  pricing_tier text,
  is_burst boolean,
  dev_discount boolean,
  free_minutes_consumed double precision,
  free_llm_usd_consumed numeric,
  tts_model text,
  tts_characters bigint,
  tts_audio_secs double precision,
  asr_model text,
  asr_audio_secs double precision,
  phone_provider text,
  phone_number_id text,
  agent_number text,
  external_number text,
  call_sid text,
  call_result text,
  batch_call_id text,
  batch_recipient_id text,
  campaign_id text,
  whatsapp_user_id text,
  rag_usage_count bigint,
  rag_embedding_model text,
  has_audio boolean,
  has_user_audio boolean,
  has_response_audio boolean,
  tag_ids text[],
  dynamic_variables jsonb,
  config_override jsonb,
  features_usage jsonb,
  deletion_settings jsonb,
  tool_names text[],
  has_auxiliary_audio boolean,
  initiator_id text,
  is_eleven_assistant boolean,
  agent_created_from text,
  agent_last_updated_from text,
  hiding_reason text,
  starting_workflow_node_id text,
  asr_calls bigint,
  sentiment jsonb,
  visited_agents jsonb,
  phone_call jsonb,
  batch_call jsonb,
  whatsapp jsonb,
  sms jsonb,
  async_delivery jsonb,
  initiation_trigger jsonb,
  voice_rewards jsonb,
  platform_usage jsonb,
  tts_usage jsonb,
  asr_usage jsonb,
  analysis_usage jsonb,
  scoped_analysis jsonb,
  custom_llm_extra_body jsonb,
  tool_mock_config jsonb,
  client_source_info jsonb,
  smb_metadata jsonb,
  realtime_config_snapshots jsonb,
  otlp_traces jsonb,
  client_user_id text,
  client_branch_id text,
  client_environment text,
  call_quality text,
  outcome text,
  proxy jsonb,
  extra jsonb,
  first_seen_at timestamptz not null,
  exported_at timestamptz not null,
  observed_at timestamptz not null,
  origin text not null,
  deleted_at timestamptz,
  primary key (source_id, conversation_id)
);
create index conversations_started_at on voxport.conversations (started_at);
create index conversations_agent_id_started_at on voxport.conversations (agent_id, started_at);
create index conversations_exported_at on voxport.conversations (exported_at);

comment on table voxport.conversations is 'One row per conversation: what the newest payload of a voice agent''s call or chat says, with money, analysis and telephony flattened. Key: source_id, conversation_id';
comment on column voxport.conversations.source_id is 'Name of the configured source (a workspace or a proxy) that the conversation was exported from';
comment on column voxport.conversations.conversation_id is 'The vendor''s id of the conversation. Source field: `conversation_id`';
comment on column voxport.conversations.agent_id is 'Agent that the conversation started with. Source field: `agent_id`';
comment on column voxport.conversations.agent_name is 'The agent''s name when the payload was fetched. Source field: `agent_name`';
comment on column voxport.conversations.branch_id is 'Agent branch that served the conversation. Source field: `branch_id`';
comment on column voxport.conversations.version_id is 'Agent version that served the conversation. Source field: `version_id`';
comment on column voxport.conversations.environment is 'Deployment environment, such as production. Source field: `environment`';
comment on column voxport.conversations.product is 'Product that held the conversation, such as agent. Source field: `conversation_product`';
comment on column voxport.conversations.user_id is 'The caller''s id as the integrator gave it. Source field: `user_id`';
comment on column voxport.conversations.status is 'Vendor status: initiated, in-progress, processing, done, failed; the list may grow. Source field: `status`';
comment on column voxport.conversations.started_at is 'Start of the call, one-second resolution. Source field: `metadata.start_time_unix_secs`';
comment on column voxport.conversations.accepted_at is 'Time at which the call was accepted. Source field: `metadata.accepted_time_unix_secs`';
comment on column voxport.conversations.ended_at is 'End of the call: started_at plus duration_secs. Derived';
comment on column voxport.conversations.duration_secs is 'Length of the call in seconds. Source field: `metadata.call_duration_secs`';
comment on column voxport.conversations.queue_wait_secs is 'Seconds the caller waited in a queue. Source field: `metadata.queue_wait_secs`';
comment on column voxport.conversations.message_count is 'Messages of the conversation as the list page counts them, otherwise turn_count; follows the stored transcript. Source field: `conversations[].message_count`';
comment on column voxport.conversations.turn_count is 'Turns of the stored transcript (rows of transcript_turns). Derived from `transcript`';
comment on column voxport.conversations.direction is 'inbound or outbound, for telephone and messaging. Source field: `metadata.phone_call.direction`, otherwise `metadata.whatsapp.direction`';
comment on column voxport.conversations.initiation_source is 'What started the conversation, such as widget, twilio or js_sdk. Source field: `metadata.conversation_initiation_source`';
comment on column voxport.conversations.initiation_source_version is 'Version of what started the conversation. Source field: `metadata.conversation_initiation_source_version`';
comment on column voxport.conversations.authorization_method is 'How the client was authorized, such as public or signed_url. Source field: `metadata.authorization_method`';
comment on column voxport.conversations.main_language is 'Main language of the conversation, such as en. Source field: `metadata.main_language`';
comment on column voxport.conversations.timezone is 'The caller''s IANA time zone. Source field: `metadata.timezone`';
comment on column voxport.conversations.text_only is 'True for a chat without audio. Source field: `metadata.text_only`';
comment on column voxport.conversations.termination_reason is 'Why the conversation ended, in the vendor''s words. Source field: `metadata.termination_reason`';
comment on column voxport.conversations.error_code is 'Vendor error code of a failed conversation. Source field: `metadata.error.code`';
comment on column voxport.conversations.error_reason is 'Vendor explanation of the error. Source field: `metadata.error.reason`';
comment on column voxport.conversations.warnings is 'Warnings raised during the conversation. Source field: `metadata.warnings`';
comment on column voxport.conversations.call_successful is 'Verdict of the analysis: success, failure, unknown, error; the list may grow. Source field: `analysis.call_successful`';
comment on column voxport.conversations.success_score is 'Score behind the verdict, in the vendor''s scale. Source field: `analysis.call_success_score`';
comment on column voxport.conversations.summary_title is 'Short title that the analysis gave. Source field: `analysis.call_summary_title`';
comment on column voxport.conversations.summary is 'Summary that the analysis wrote. Source field: `analysis.transcript_summary`';
comment on column voxport.conversations.sentiment_label is 'Overall sentiment of the user. Source field: `analysis.sentiment_analysis.overall_label`';
comment on column voxport.conversations.sentiment_score is 'Overall sentiment score, in the vendor''s scale. Source field: `analysis.sentiment_analysis.overall_sentiment_score`';
comment on column voxport.conversations.frustration_score is 'Overall frustration score, in the vendor''s scale. Source field: `analysis.sentiment_analysis.overall_frustration_score`';
comment on column voxport.conversations.rating is 'Rating that the user gave, 1 to 5. Source field: `metadata.feedback.rating`';
comment on column voxport.conversations.feedback_type is 'Kind of feedback given: thumbs or rating. Source field: `metadata.feedback.type`';
comment on column voxport.conversations.feedback_score is 'Overall feedback: like or dislike. Source field: `metadata.feedback.overall_score`';
comment on column voxport.conversations.feedback_comment is 'Free text that the user left. Source field: `metadata.feedback.comment`';
comment on column voxport.conversations.likes is 'Number of likes given on single turns. Source field: `metadata.feedback.likes`';
comment on column voxport.conversations.dislikes is 'Number of dislikes given on single turns. Source field: `metadata.feedback.dislikes`';
comment on column voxport.conversations.cost_credits is 'Cost of the conversation in credits (not money). Source field: `metadata.cost`';
comment on column voxport.conversations.cost_usd is 'Cost of the conversation in US dollars; null on older conversations. Source field: `metadata.cost_fiat`';
comment on column voxport.conversations.llm_cost_usd is 'Cost of the language models in US dollars. Source field: `metadata.charging.llm_price`';
comment on column voxport.conversations.llm_credits is 'Cost of the language models in credits. Source field: `metadata.charging.llm_charge`';
comment on column voxport.conversations.call_credits is 'Cost of the call without the language models, in credits. Source field: `metadata.charging.call_charge`';
comment on column voxport.conversations.platform_cost_usd is 'Cost of platform features in US dollars. Source field: `metadata.charging.platform_price`';
comment on column voxport.conversations.platform_credits is 'Cost of platform features in credits. Source field: `metadata.charging.platform_charge`';
comment on column voxport.conversations.pricing_tier is 'Pricing plan that was charged, such as free or pro. Source field: `metadata.charging.tier`';
comment on column voxport.conversations.is_burst is 'True when the call was charged as burst concurrency. Source field: `metadata.charging.is_burst`';
comment on column voxport.conversations.dev_discount is 'True when the development discount applied. Source field: `metadata.charging.dev_discount`';
comment on column voxport.conversations.free_minutes_consumed is 'Free minutes that the call used up, in minutes. Source field: `metadata.charging.free_minutes_consumed`';
comment on column voxport.conversations.free_llm_usd_consumed is 'Free language-model budget that the call used up, in US dollars. Source field: `metadata.charging.free_llm_dollars_consumed`';
comment on column voxport.conversations.tts_model is 'Speech synthesis model that spoke most. Source field: `metadata.charging.tts_usage.primary_tts_model`';
comment on column voxport.conversations.tts_characters is 'Characters synthesized. Source field: `metadata.charging.tts_usage.total_characters`';
comment on column voxport.conversations.tts_audio_secs is 'Synthesized audio in seconds. Source field: `metadata.charging.tts_usage.total_audio_output_seconds`';
comment on column voxport.conversations.asr_model is 'Speech recognition model. Source field: `metadata.charging.asr_usage.asr_model`';
comment on column voxport.conversations.asr_audio_secs is 'Recognized audio in seconds. Source field: `metadata.charging.asr_usage.total_audio_input_seconds`';
comment on column voxport.conversations.phone_provider is 'Telephone provider: twilio, sip_trunking, exotel; the list may grow. Source field: `metadata.phone_call.type`';
comment on column voxport.conversations.phone_number_id is 'The vendor''s id of the agent''s telephone number. Source field: `metadata.phone_call.phone_number_id`';
comment on column voxport.conversations.agent_number is 'The agent''s telephone number. Source field: `metadata.phone_call.agent_number`';
comment on column voxport.conversations.external_number is 'The other party''s telephone number (personal data). Source field: `metadata.phone_call.external_number`';
comment on column voxport.conversations.call_sid is 'The telephone provider''s id of the call. Source field: `metadata.phone_call.call_sid`, for SIP otherwise `metadata.phone_call.call_id`';
comment on column voxport.conversations.call_result is 'Telephone result: answered, voicemail, busy, no_answer, failed; the list may grow. Source field: `metadata.phone_call.call_result`';
comment on column voxport.conversations.batch_call_id is 'Batch of outbound calls that the conversation belongs to. Source field: `metadata.batch_call.batch_call_id`';
comment on column voxport.conversations.batch_recipient_id is 'Recipient within the batch. Source field: `metadata.batch_call.batch_call_recipient_id`';
comment on column voxport.conversations.campaign_id is 'Campaign that the batch belongs to. Source field: `metadata.batch_call.campaign.campaign_id`';
comment on column voxport.conversations.whatsapp_user_id is 'The user''s WhatsApp id (personal data). Source field: `metadata.whatsapp.whatsapp_user_id`';
comment on column voxport.conversations.rag_usage_count is 'Number of knowledge-base retrievals. Source field: `metadata.rag_usage.usage_count`';
comment on column voxport.conversations.rag_embedding_model is 'Embedding model of the retrievals. Source field: `metadata.rag_usage.embedding_model`';
comment on column voxport.conversations.has_audio is 'True when the source keeps a recording. Source field: `has_audio`';
comment on column voxport.conversations.has_user_audio is 'True when the recording holds the user''s side. Source field: `has_user_audio`';
comment on column voxport.conversations.has_response_audio is 'True when the recording holds the agent''s side. Source field: `has_response_audio`';
comment on column voxport.conversations.tag_ids is 'Tags on the conversation. Source field: `tag_ids`';
comment on column voxport.conversations.dynamic_variables is 'Dynamic variables of the conversation, as a JSON object (may hold personal data). Source field: `conversation_initiation_client_data.dynamic_variables`';
comment on column voxport.conversations.config_override is 'Settings overridden for this conversation, as JSON. Source field: `conversation_initiation_client_data.conversation_config_override`';
comment on column voxport.conversations.features_usage is 'Which features were enabled and used, as JSON. Source field: `metadata.features_usage`';
comment on column voxport.conversations.deletion_settings is 'Deletion times at the source, as JSON. Source field: `metadata.deletion_settings`';
comment on column voxport.conversations.tool_names is 'Names of the tools that the agent called; follows the stored transcript. Source field: `conversations[].tool_names`, otherwise derived from `transcript[].tool_calls[].tool_name`';
comment on column voxport.conversations.has_auxiliary_audio is 'True when the source keeps further audio tracks. Source field: `has_auxiliary_audio`';
comment on column voxport.conversations.initiator_id is 'Id of who started the conversation. Source field: `metadata.initiator_id`';
comment on column voxport.conversations.is_eleven_assistant is 'True when the vendor''s own assistant held the conversation. Source field: `metadata.eleven_assistant.is_eleven_assistant`';
comment on column voxport.conversations.agent_created_from is 'Where the agent was created: cli, ui, api, template; the list may grow. Source field: `metadata.agent_created_from`';
comment on column voxport.conversations.agent_last_updated_from is 'Where the agent was last changed. Source field: `metadata.agent_last_updated_from`';
comment on column voxport.conversations.hiding_reason is 'Why the source hides the conversation. Source field: `hiding_reason`';
comment on column voxport.conversations.starting_workflow_node_id is 'Workflow node that the conversation started in. Source field: `conversation_initiation_client_data.starting_workflow_node_id`';
comment on column voxport.conversations.asr_calls is 'Number of transcription calls. Source field: `metadata.charging.asr_usage.total_transcription_calls`';
comment on column voxport.conversations.sentiment is 'Whole sentiment analysis, as JSON. Source field: `analysis.sentiment_analysis`';
comment on column voxport.conversations.visited_agents is 'Agents and branches that took part, in order, as a JSON array. Source field: `visited_agents`';
comment on column voxport.conversations.phone_call is 'Whole telephone record, as JSON (personal data). Source field: `metadata.phone_call`';
comment on column voxport.conversations.batch_call is 'Whole batch record with its campaign, as JSON. Source field: `metadata.batch_call`';
comment on column voxport.conversations.whatsapp is 'Whole WhatsApp record, as JSON (personal data). Source field: `metadata.whatsapp`';
comment on column voxport.conversations.sms is 'Whole SMS record, as JSON (personal data). Source field: `metadata.sms`';
comment on column voxport.conversations.async_delivery is 'Delivery of an asynchronous conversation to an outside system, as JSON. Source field: `metadata.async_metadata`';
comment on column voxport.conversations.initiation_trigger is 'Trigger that started an older conversation, as JSON. Source field: `metadata.initiation_trigger`';
comment on column voxport.conversations.voice_rewards is 'Voice owners'' rewards, as a JSON array. Source field: `metadata.voice_rewards`';
comment on column voxport.conversations.platform_usage is 'Use and price by platform category, as JSON. Source field: `metadata.charging.platform_usage`';
comment on column voxport.conversations.tts_usage is 'Whole speech synthesis usage with its voices, as JSON. Source field: `metadata.charging.tts_usage`';
comment on column voxport.conversations.asr_usage is 'Whole speech recognition usage, as JSON. Source field: `metadata.charging.asr_usage`';
comment on column voxport.conversations.analysis_usage is 'Charges of the analysis, as JSON. Source field: `metadata.charging.analysis`';
comment on column voxport.conversations.scoped_analysis is 'Analysis by scope and agent, as a JSON array. Source field: `analysis.scoped`';
comment on column voxport.conversations.custom_llm_extra_body is 'Extra body sent to a custom language model, as JSON. Source field: `conversation_initiation_client_data.custom_llm_extra_body`';
comment on column voxport.conversations.tool_mock_config is 'Tool mocking of a test conversation, as JSON. Source field: `conversation_initiation_client_data.tool_mock_config`';
comment on column voxport.conversations.client_source_info is 'Client library and its version, as JSON. Source field: `conversation_initiation_client_data.source_info`';
comment on column voxport.conversations.smb_metadata is 'Vendor metadata without a published type, as JSON. Source field: `smb_metadata`';
comment on column voxport.conversations.realtime_config_snapshots is 'Configuration snapshots taken during the call, as JSON. Source field: `realtime_config_snapshots`';
comment on column voxport.conversations.otlp_traces is 'OpenTelemetry traces of the call, as JSON. Source field: `otlp_traces`';
comment on column voxport.conversations.client_user_id is 'User id that the client gave when it started the conversation. Source field: `conversation_initiation_client_data.user_id`';
comment on column voxport.conversations.client_branch_id is 'Agent branch that the client asked for. Source field: `conversation_initiation_client_data.branch_id`';
comment on column voxport.conversations.client_environment is 'Environment that the client asked for. Source field: `conversation_initiation_client_data.environment`';
comment on column voxport.conversations.call_quality is 'A proxy''s word on the quality of the call. Source field: `metadata.call_quality`';
comment on column voxport.conversations.outcome is 'A proxy''s word on how the conversation ended. Source field: `outcome`';
comment on column voxport.conversations.proxy is 'What else only a proxy tells, as JSON. Source: fields without a place in the vendor''s model';
comment on column voxport.conversations.extra is 'Fields of the payload that have no column yet, as JSON. Source: whatever the mapping does not know';
comment on column voxport.conversations.first_seen_at is 'When Voxport first loaded the conversation. Set by Voxport';
comment on column voxport.conversations.exported_at is 'When Voxport last changed the conversation or its child rows; use it for incremental reads. Set by Voxport';
comment on column voxport.conversations.observed_at is 'When the source was last seen to hold this state; a payload observed earlier never overwrites it. Set by Voxport';
comment on column voxport.conversations.origin is 'What made Voxport look at the source at observed_at: poll, backfill, webhook or refresh. Set by Voxport';
comment on column voxport.conversations.deleted_at is 'When the conversation was found to be gone at the source; null while it is there. Set by Voxport';

create table voxport.transcript_turns (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  turn_id text,
  role text,
  message text,
  original_message text,
  time_in_call_secs double precision,
  said_at timestamptz,
  interrupted boolean,
  source_medium text,
  agent_id text,
  branch_id text,
  version_id text,
  workflow_node_id text,
  llm_override text,
  producing_llm text,
  feedback_score text,
  feedback_time_in_call_secs double precision,
  rag_query text,
  rag_embedding_model text,
  rag_latency_secs double precision,
  tool_call_count bigint,
  tool_result_count bigint,
  multivoice jsonb,
  reasoning jsonb,
  guardrails jsonb,
  asr_provider text,
  tts_provider text,
  tts_model text,
  tts_cascade jsonb,
  source_event_id text,
  user_identifier text,
  ignored_as_backchannel boolean,
  reasoned boolean,
  static_document_ids text[],
  platform_event jsonb,
  file_inputs jsonb,
  contextual_update jsonb,
  analysis jsonb,
  config_snapshot_id text,
  extra jsonb,
  primary key (source_id, conversation_id, turn_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.transcript_turns is 'One row per turn of the dialogue, in order. Key: source_id, conversation_id, turn_index';
comment on column voxport.transcript_turns.source_id is 'Name of the configured source, see conversations';
comment on column voxport.transcript_turns.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.transcript_turns.turn_index is 'Position of the turn in the transcript, from 0. Derived from the order of `transcript`';
comment on column voxport.transcript_turns.turn_id is 'The vendor''s id of the turn, often absent. Source field: `transcript[].id`';
comment on column voxport.transcript_turns.role is 'user or agent (a proxy''s assistant becomes agent). Source field: `transcript[].role`';
comment on column voxport.transcript_turns.message is 'What was said or written. Source field: `transcript[].message`';
comment on column voxport.transcript_turns.original_message is 'What the agent meant to say before it was interrupted. Source field: `transcript[].original_message`';
comment on column voxport.transcript_turns.time_in_call_secs is 'Seconds from the start of the call to the turn. Source field: `transcript[].time_in_call_secs`';
comment on column voxport.transcript_turns.said_at is 'Time of the turn: the call''s start plus time_in_call_secs. Derived';
comment on column voxport.transcript_turns.interrupted is 'True when the user interrupted the agent. Source field: `transcript[].interrupted`';
comment on column voxport.transcript_turns.source_medium is 'How the turn came in: audio, text, dtmf, image, file; the list may grow. Source field: `transcript[].source_medium`';
comment on column voxport.transcript_turns.agent_id is 'Agent that spoke or listened. Source field: `transcript[].agent_metadata.agent_id`';
comment on column voxport.transcript_turns.branch_id is 'Branch of that agent. Source field: `transcript[].agent_metadata.branch_id`';
comment on column voxport.transcript_turns.version_id is 'Version of that agent. Source field: `transcript[].agent_metadata.version_id`';
comment on column voxport.transcript_turns.workflow_node_id is 'Workflow node that the turn happened in. Source field: `transcript[].agent_metadata.workflow_node_id`';
comment on column voxport.transcript_turns.llm_override is 'Language model forced for this turn. Source field: `transcript[].llm_override`';
comment on column voxport.transcript_turns.producing_llm is 'Language model that produced the message. Source field: `transcript[].producing_llm`';
comment on column voxport.transcript_turns.feedback_score is 'The user''s feedback on this turn: like or dislike. Source field: `transcript[].feedback.score`';
comment on column voxport.transcript_turns.feedback_time_in_call_secs is 'Seconds from the start of the call to the feedback. Source field: `transcript[].feedback.time_in_call_secs`';
comment on column voxport.transcript_turns.rag_query is 'Query sent to the knowledge base. Source field: `transcript[].rag_retrieval_info.retrieval_query`';
comment on column voxport.transcript_turns.rag_embedding_model is 'Embedding model of the retrieval. Source field: `transcript[].rag_retrieval_info.embedding_model`';
comment on column voxport.transcript_turns.rag_latency_secs is 'Time that the retrieval took, in seconds. Source field: `transcript[].rag_retrieval_info.rag_latency_secs`';
comment on column voxport.transcript_turns.tool_call_count is 'Number of tool calls in the turn. Derived from `transcript[].tool_calls`';
comment on column voxport.transcript_turns.tool_result_count is 'Number of tool results in the turn. Derived from `transcript[].tool_results`';
comment on column voxport.transcript_turns.multivoice is 'Parts spoken by several voices, as JSON. Source field: `transcript[].multivoice_message`';
comment on column voxport.transcript_turns.reasoning is 'The model''s reasoning parts, as JSON. Source field: `transcript[].reasoning`';
comment on column voxport.transcript_turns.guardrails is 'Guardrails that the turn triggered, as JSON. Source field: `transcript[].triggered_guardrails`';
comment on column voxport.transcript_turns.asr_provider is 'Speech recognition provider of the turn. Source field: `transcript[].conversation_turn_metrics.convai_asr_provider`';
comment on column voxport.transcript_turns.tts_provider is 'Speech synthesis provider of the turn. Source field: `transcript[].conversation_turn_metrics.convai_tts_provider`';
comment on column voxport.transcript_turns.tts_model is 'Speech synthesis model of the turn. Source field: `transcript[].conversation_turn_metrics.convai_tts_model`';
comment on column voxport.transcript_turns.tts_cascade is 'Speech synthesis models tried in turn, as JSON. Source field: `transcript[].conversation_turn_metrics.convai_tts_cascade`';
comment on column voxport.transcript_turns.source_event_id is 'The vendor''s event that the turn came from. Source field: `transcript[].source_event_id`';
comment on column voxport.transcript_turns.user_identifier is 'Which user spoke, where several take part (personal data). Source field: `transcript[].user_identifier`';
comment on column voxport.transcript_turns.ignored_as_backchannel is 'True when the utterance was taken for a listener''s noise and not answered. Source field: `transcript[].ignored_as_backchannel`';
comment on column voxport.transcript_turns.reasoned is 'True when the model reasoned before it answered. Source field: `transcript[].reasoned`';
comment on column voxport.transcript_turns.static_document_ids is 'Knowledge-base documents always in the prompt. Source field: `transcript[].used_static_kb_document_ids`';
comment on column voxport.transcript_turns.platform_event is 'Platform event that the turn stands for, as JSON. Source field: `transcript[].platform_event`';
comment on column voxport.transcript_turns.file_inputs is 'Files that the user sent, as JSON. Source field: `transcript[].file_inputs`, otherwise `transcript[].file_input`';
comment on column voxport.transcript_turns.contextual_update is 'Context pushed by the client, as JSON. Source field: `transcript[].contextual_update_info`';
comment on column voxport.transcript_turns.analysis is 'Vendor analysis of the turn, as JSON. Source field: `transcript[].analysis`';
comment on column voxport.transcript_turns.config_snapshot_id is 'Configuration snapshot in force. Source field: `transcript[].config_snapshot_id`';
comment on column voxport.transcript_turns.extra is 'Fields of the turn that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.tool_calls (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  call_index bigint not null,
  request_id text,
  tool_name text,
  tool_type text,
  params jsonb,
  params_text text,
  was_called boolean,
  is_routing boolean,
  details jsonb,
  parent_result_index bigint,
  depth bigint,
  extra jsonb,
  primary key (source_id, conversation_id, turn_index, call_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);
create index tool_calls_tool_name on voxport.tool_calls (tool_name);

comment on table voxport.tool_calls is 'One row per tool call that the agent asked for; calls inside a workflow result stand here too. Its result is joined on request_id within the conversation. Key: source_id, conversation_id, turn_index, call_index';
comment on column voxport.tool_calls.source_id is 'Name of the configured source, see conversations';
comment on column voxport.tool_calls.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.tool_calls.turn_index is 'Turn that asked for the call, see transcript_turns. Derived from the order of `transcript`';
comment on column voxport.tool_calls.call_index is 'Position of the call within the turn, from 0. Derived from the order of `transcript[].tool_calls`';
comment on column voxport.tool_calls.request_id is 'Joins a call to its result, unique within one conversation only. Source field: `transcript[].tool_calls[].request_id`';
comment on column voxport.tool_calls.tool_name is 'Name of the tool. Source field: `transcript[].tool_calls[].tool_name`';
comment on column voxport.tool_calls.tool_type is 'Kind of tool: system, webhook, client, mcp, workflow …; the list may grow. Source field: `transcript[].tool_calls[].type`';
comment on column voxport.tool_calls.params is 'Parameters as JSON; null when the text is no JSON. Source field: `transcript[].tool_calls[].params_as_json`';
comment on column voxport.tool_calls.params_text is 'Parameters as received, text. Source field: `transcript[].tool_calls[].params_as_json`';
comment on column voxport.tool_calls.was_called is 'True when the tool was really called. Source field: `transcript[].tool_calls[].tool_has_been_called`';
comment on column voxport.tool_calls.is_routing is 'True for workflow routing that only looks like a tool. Derived from the tool''s name (notify_condition_N_met)';
comment on column voxport.tool_calls.details is 'Details by kind of tool, as JSON, header values redacted. Source field: `transcript[].tool_calls[].tool_details`';
comment on column voxport.tool_calls.parent_result_index is 'The workflow result (tool_results.result_index of the same turn) that holds the call; null at the top. Derived';
comment on column voxport.tool_calls.depth is 'Nesting depth, 0 at the top. Derived';
comment on column voxport.tool_calls.extra is 'Fields of the call that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.tool_results (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  result_index bigint not null,
  parent_result_index bigint,
  depth bigint,
  step_index bigint,
  workflow_node_id text,
  request_id text,
  tool_name text,
  tool_type text,
  result_type text,
  is_routing boolean,
  result_text text,
  result jsonb,
  is_error boolean,
  is_blocked boolean,
  error_type text,
  error_message text,
  was_called boolean,
  latency_secs double precision,
  integration jsonb,
  extra jsonb,
  primary key (source_id, conversation_id, turn_index, result_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);
create index tool_results_tool_name on voxport.tool_results (tool_name);

comment on table voxport.tool_results is 'One row per tool result; nested workflow results are flattened depth first. Key: source_id, conversation_id, turn_index, result_index';
comment on column voxport.tool_results.source_id is 'Name of the configured source, see conversations';
comment on column voxport.tool_results.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.tool_results.turn_index is 'Turn that holds the result, usually the one after the call. Derived from the order of `transcript`';
comment on column voxport.tool_results.result_index is 'Position of the result within the turn, from 0, depth first. Derived from the order of `transcript[].tool_results`';
comment on column voxport.tool_results.parent_result_index is 'result_index of the workflow result that holds this one; null at the top. Derived';
comment on column voxport.tool_results.depth is 'Nesting depth, 0 at the top. Derived';
comment on column voxport.tool_results.step_index is 'Step of the workflow result that holds this one, from 0; null at the top. Derived from the order of `result.steps`';
comment on column voxport.tool_results.workflow_node_id is 'Workflow node that ran the tool. Source field: `result.steps[].node_id`';
comment on column voxport.tool_results.request_id is 'Joins a result to its call, unique within one conversation only. Source field: `transcript[].tool_results[].request_id`';
comment on column voxport.tool_results.tool_name is 'Name of the tool. Source field: `transcript[].tool_results[].tool_name`';
comment on column voxport.tool_results.tool_type is 'Kind of tool: system, webhook, client, mcp, workflow, code …; the list may grow. Source field: `transcript[].tool_results[].type`';
comment on column voxport.tool_results.result_type is 'Kind of result of a system tool, such as transfer_to_agent_success; the list may grow. Source field: `transcript[].tool_results[].result.result_type`';
comment on column voxport.tool_results.is_routing is 'True for workflow routing that only looks like a tool. Derived from the tool''s name (notify_condition_N_met)';
comment on column voxport.tool_results.result_text is 'Result as text. Source field: `transcript[].tool_results[].result_value`';
comment on column voxport.tool_results.result is 'Structured result, as JSON. Source field: `transcript[].tool_results[].result`, otherwise the JSON in `result_value`';
comment on column voxport.tool_results.is_error is 'True when the tool failed. Source field: `transcript[].tool_results[].is_error`';
comment on column voxport.tool_results.is_blocked is 'True when the call was blocked before it ran. Source field: `transcript[].tool_results[].is_blocked`';
comment on column voxport.tool_results.error_type is 'Kind of error. Source field: `transcript[].tool_results[].error_type`';
comment on column voxport.tool_results.error_message is 'Error in the tool''s own words. Source field: `transcript[].tool_results[].raw_error_message`';
comment on column voxport.tool_results.was_called is 'True when the tool was really called. Source field: `transcript[].tool_results[].tool_has_been_called`';
comment on column voxport.tool_results.latency_secs is 'Time that the tool took, in seconds. Source field: `transcript[].tool_results[].tool_latency_secs`';
comment on column voxport.tool_results.integration is 'Ids of the integration behind the tool, as JSON. Source fields: `transcript[].tool_results[].integration_id`, `credential_id`, `integration_connection_id`';
comment on column voxport.tool_results.extra is 'Fields of the result that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.dynamic_variable_updates (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  result_index bigint not null,
  update_index bigint not null,
  variable_name text,
  old_value text,
  new_value text,
  updated_at timestamptz,
  tool_name text,
  request_id text,
  primary key (source_id, conversation_id, turn_index, result_index, update_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.dynamic_variable_updates is 'One row per dynamic variable that a tool result changed. Key: source_id, conversation_id, turn_index, result_index, update_index';
comment on column voxport.dynamic_variable_updates.source_id is 'Name of the configured source, see conversations';
comment on column voxport.dynamic_variable_updates.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.dynamic_variable_updates.turn_index is 'Turn that holds the result. Derived from the order of `transcript`';
comment on column voxport.dynamic_variable_updates.result_index is 'Result that made the change, see tool_results. Derived';
comment on column voxport.dynamic_variable_updates.update_index is 'Position of the change within the result, from 0. Derived from the order of `dynamic_variable_updates`';
comment on column voxport.dynamic_variable_updates.variable_name is 'Name of the variable. Source field: `transcript[].tool_results[].dynamic_variable_updates[].variable_name`';
comment on column voxport.dynamic_variable_updates.old_value is 'Value before the change. Source field: `transcript[].tool_results[].dynamic_variable_updates[].old_value`';
comment on column voxport.dynamic_variable_updates.new_value is 'Value after the change. Source field: `transcript[].tool_results[].dynamic_variable_updates[].new_value`';
comment on column voxport.dynamic_variable_updates.updated_at is 'Time of the change. Source field: `transcript[].tool_results[].dynamic_variable_updates[].updated_at`';
comment on column voxport.dynamic_variable_updates.tool_name is 'Tool that changed the variable. Source field: `transcript[].tool_results[].dynamic_variable_updates[].tool_name`';
comment on column voxport.dynamic_variable_updates.request_id is 'Tool request that changed the variable. Source field: `transcript[].tool_results[].dynamic_variable_updates[].tool_request_id`';

create table voxport.llm_usage (
  source_id text not null,
  conversation_id text not null,
  scope text not null,
  turn_index bigint not null,
  model text not null,
  input_tokens bigint,
  input_cost_usd numeric,
  cache_read_tokens bigint,
  cache_read_cost_usd numeric,
  cache_write_tokens bigint,
  cache_write_cost_usd numeric,
  output_tokens bigint,
  output_cost_usd numeric,
  total_cost_usd numeric,
  primary key (source_id, conversation_id, scope, turn_index, model),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.llm_usage is 'Tokens and money by language model. One row per scope, turn and model. The scopes hold the same generations again: never add rows of different scopes; for a call''s cost use scope = ''call_initiated''. Key: source_id, conversation_id, scope, turn_index, model';
comment on column voxport.llm_usage.source_id is 'Name of the configured source, see conversations';
comment on column voxport.llm_usage.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.llm_usage.scope is 'turn, or the whole call''s call_initiated or call_irreversible, which overlap and must not be added. Source fields: `transcript[].llm_usage`, `metadata.charging.llm_usage.initiated_generation`, `metadata.charging.llm_usage.irreversible_generation`';
comment on column voxport.llm_usage.turn_index is 'Turn of scope turn; -1 for a whole call. Derived';
comment on column voxport.llm_usage.model is 'Language model. Source field: the key in `model_usage`';
comment on column voxport.llm_usage.input_tokens is 'Input tokens that were not cached. Source field: `model_usage{}.input.tokens`';
comment on column voxport.llm_usage.input_cost_usd is 'Cost of the input tokens in US dollars. Source field: `model_usage{}.input.price`';
comment on column voxport.llm_usage.cache_read_tokens is 'Input tokens read from the cache. Source field: `model_usage{}.input_cache_read.tokens`';
comment on column voxport.llm_usage.cache_read_cost_usd is 'Cost of the cache reads in US dollars. Source field: `model_usage{}.input_cache_read.price`';
comment on column voxport.llm_usage.cache_write_tokens is 'Input tokens written to the cache. Source field: `model_usage{}.input_cache_write.tokens`';
comment on column voxport.llm_usage.cache_write_cost_usd is 'Cost of the cache writes in US dollars. Source field: `model_usage{}.input_cache_write.price`';
comment on column voxport.llm_usage.output_tokens is 'Output tokens. Source field: `model_usage{}.output_total.tokens`';
comment on column voxport.llm_usage.output_cost_usd is 'Cost of the output tokens in US dollars. Source field: `model_usage{}.output_total.price`';
comment on column voxport.llm_usage.total_cost_usd is 'Sum of the four costs in US dollars. Derived';

create table voxport.turn_metrics (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  metric text not null,
  elapsed_secs double precision,
  primary key (source_id, conversation_id, turn_index, metric),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.turn_metrics is 'One row per latency measured in a turn. Key: source_id, conversation_id, turn_index, metric';
comment on column voxport.turn_metrics.source_id is 'Name of the configured source, see conversations';
comment on column voxport.turn_metrics.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.turn_metrics.turn_index is 'Turn that was measured, see transcript_turns. Derived from the order of `transcript`';
comment on column voxport.turn_metrics.metric is 'Name of the measurement, such as convai_llm_service_ttfb; convai_ttf_audio_since_silence is what the caller perceives. Source field: the key in `transcript[].conversation_turn_metrics.metrics`';
comment on column voxport.turn_metrics.elapsed_secs is 'Time measured, in seconds. Source field: `transcript[].conversation_turn_metrics.metrics{}.elapsed_time`';

create table voxport.rag_chunks (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  chunk_index bigint not null,
  document_id text,
  chunk_id text,
  vector_distance double precision,
  is_used boolean,
  primary key (source_id, conversation_id, turn_index, chunk_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.rag_chunks is 'One row per knowledge-base chunk retrieved for a turn. Key: source_id, conversation_id, turn_index, chunk_index';
comment on column voxport.rag_chunks.source_id is 'Name of the configured source, see conversations';
comment on column voxport.rag_chunks.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.rag_chunks.turn_index is 'Turn that retrieved the chunk, see transcript_turns. Derived from the order of `transcript`';
comment on column voxport.rag_chunks.chunk_index is 'Position of the chunk in the retrieval, from 0. Derived from the order of `transcript[].rag_retrieval_info.chunks`';
comment on column voxport.rag_chunks.document_id is 'Knowledge-base document. Source field: `transcript[].rag_retrieval_info.chunks[].document_id`';
comment on column voxport.rag_chunks.chunk_id is 'Chunk of the document. Source field: `transcript[].rag_retrieval_info.chunks[].chunk_id`';
comment on column voxport.rag_chunks.vector_distance is 'Distance between query and chunk, smaller is closer. Source field: `transcript[].rag_retrieval_info.chunks[].vector_distance`';
comment on column voxport.rag_chunks.is_used is 'False when the chunk was retrieved but not used. Source field: `transcript[].rag_retrieval_info.chunks[].is_used`, true where it is missing';

create table voxport.evaluation_results (
  source_id text not null,
  conversation_id text not null,
  criteria_id text not null,
  result text,
  rationale text,
  score double precision,
  max_score double precision,
  scoring_mode text,
  name text,
  extra jsonb,
  primary key (source_id, conversation_id, criteria_id),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.evaluation_results is 'One row per evaluation criterion that was judged. Key: source_id, conversation_id, criteria_id';
comment on column voxport.evaluation_results.source_id is 'Name of the configured source, see conversations';
comment on column voxport.evaluation_results.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.evaluation_results.criteria_id is 'The criterion''s id. Source field: `analysis.evaluation_criteria_results{}.criteria_id`';
comment on column voxport.evaluation_results.result is 'Verdict: success, failure, unknown; the list may grow. Source field: `analysis.evaluation_criteria_results{}.result`';
comment on column voxport.evaluation_results.rationale is 'Why the verdict was given. Source field: `analysis.evaluation_criteria_results{}.rationale`';
comment on column voxport.evaluation_results.score is 'Score given, between 0 and max_score. Source field: `analysis.evaluation_criteria_results{}.score`';
comment on column voxport.evaluation_results.max_score is 'Best possible score. Source field: `analysis.evaluation_criteria_results{}.max_score`';
comment on column voxport.evaluation_results.scoring_mode is 'How the criterion is scored. Source field: `analysis.evaluation_criteria_results{}.scoring_mode`';
comment on column voxport.evaluation_results.name is 'The criterion''s name. Source field: `analysis.evaluation_criteria_results{}.name`';
comment on column voxport.evaluation_results.extra is 'Fields of the result that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.data_collection_results (
  source_id text not null,
  conversation_id text not null,
  data_collection_id text not null,
  name text,
  value jsonb,
  value_text text,
  value_number double precision,
  value_boolean boolean,
  value_type text,
  rationale text,
  json_schema jsonb,
  extra jsonb,
  primary key (source_id, conversation_id, data_collection_id),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);

comment on table voxport.data_collection_results is 'One row per data point that the analysis collected. Key: source_id, conversation_id, data_collection_id';
comment on column voxport.data_collection_results.source_id is 'Name of the configured source, see conversations';
comment on column voxport.data_collection_results.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.data_collection_results.data_collection_id is 'The data point''s id. Source field: `analysis.data_collection_results{}.data_collection_id`';
comment on column voxport.data_collection_results.name is 'The data point''s name. Source field: `analysis.data_collection_results{}.name`';
comment on column voxport.data_collection_results.value is 'The value as JSON, of any type. Source field: `analysis.data_collection_results{}.value`';
comment on column voxport.data_collection_results.value_text is 'The value as text; null when there is none. Derived from `analysis.data_collection_results{}.value`';
comment on column voxport.data_collection_results.value_number is 'The value as a number; null when it is none. Derived from `analysis.data_collection_results{}.value`';
comment on column voxport.data_collection_results.value_boolean is 'The value as a boolean; null when it is none. Derived from `analysis.data_collection_results{}.value`';
comment on column voxport.data_collection_results.value_type is 'JSON type of the value: string, number, boolean, object, array or null. Derived from `analysis.data_collection_results{}.value`';
comment on column voxport.data_collection_results.rationale is 'Why the value was chosen. Source field: `analysis.data_collection_results{}.rationale`';
comment on column voxport.data_collection_results.json_schema is 'What was to be collected, as a JSON schema. Source field: `analysis.data_collection_results{}.json_schema`';
comment on column voxport.data_collection_results.extra is 'Fields of the result that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.initiation_failures (
  source_id text not null,
  conversation_id text not null,
  agent_id text,
  failure_reason text,
  provider text,
  occurred_at timestamptz,
  details jsonb,
  primary key (source_id, conversation_id)
);

comment on table voxport.initiation_failures is 'One row per call that never became a conversation, as a post-call webhook tells it. Key: source_id, conversation_id';
comment on column voxport.initiation_failures.source_id is 'Name of the configured source that the failure was received for';
comment on column voxport.initiation_failures.conversation_id is 'The vendor''s id of the call that failed to start; there is usually no row in conversations. Source field: `data.conversation_id`';
comment on column voxport.initiation_failures.agent_id is 'Agent that should have held the call. Source field: `data.agent_id`';
comment on column voxport.initiation_failures.failure_reason is 'Why the call failed, such as busy or no-answer; the list may grow. Source field: `data.failure_reason`';
comment on column voxport.initiation_failures.provider is 'Telephone provider that reported it: twilio or sip. Source field: `data.metadata.type`';
comment on column voxport.initiation_failures.occurred_at is 'Time of the failure. Source field: `event_timestamp`, seconds since 1970';
comment on column voxport.initiation_failures.details is 'The provider''s own report, as JSON (may hold personal data). Source field: `data.metadata.body`';

-- What the loader knows about a conversation beyond its rows: which observation they come from. A table of its own, because the guard of every load
-- (is this newer? is it different?) is decided on this narrow row, and the wide one is written only when the answer is yes.
create table voxport_ops.loaded_conversations (
  source_id text not null,
  conversation_id text not null,
  observed_at timestamptz,
  origin text,
  mapping_version integer,
  content_hash bytea,
  payload_sha256 bytea,
  transcript_observed_at timestamptz,
  transcript_mapping_version integer,
  transcript_content_hash bytea,
  gone_at timestamptz,
  last_outcome text,
  last_wrote_conversation boolean not null default false,
  last_wrote_transcript boolean not null default false,
  primary key (source_id, conversation_id)
) with (fillfactor = 80);

comment on table voxport_ops.loaded_conversations is 'One row per conversation loaded, or known to be gone: which observation its rows in schema voxport come from';
comment on column voxport_ops.loaded_conversations.source_id is 'The source';
comment on column voxport_ops.loaded_conversations.conversation_id is 'Id of the conversation';
comment on column voxport_ops.loaded_conversations.observed_at is 'Time of the newest observation; null while only its deletion is known';
comment on column voxport_ops.loaded_conversations.origin is 'What made Voxport look then: poll, backfill, webhook or refresh';
comment on column voxport_ops.loaded_conversations.mapping_version is 'Version of the row mapping that read the newest observation';
comment on column voxport_ops.loaded_conversations.content_hash is 'Digest of the rows of the newest observation';
comment on column voxport_ops.loaded_conversations.payload_sha256 is 'SHA-256 of the payload of the newest observation, see voxport_raw.payloads.sha256';
comment on column voxport_ops.loaded_conversations.transcript_observed_at is 'Time of the observation that the stored transcript comes from: older than observed_at when the source has emptied it since';
comment on column voxport_ops.loaded_conversations.transcript_mapping_version is 'Version of the row mapping that read the stored transcript';
comment on column voxport_ops.loaded_conversations.transcript_content_hash is 'Digest of the rows of the observation that the stored transcript comes from';
comment on column voxport_ops.loaded_conversations.gone_at is 'When the source last said that the conversation is gone';
comment on column voxport_ops.loaded_conversations.last_outcome is 'What the last load did: inserted, updated, unchanged or older';
comment on column voxport_ops.loaded_conversations.last_wrote_conversation is 'Whether the last load wrote the conversation and its analysis';
comment on column voxport_ops.loaded_conversations.last_wrote_transcript is 'Whether the last load wrote the turns and what hangs on them';

-- Whoever deletes a conversation (an erasure, an operator who wants a reload) must not leave the loader believing that its rows stand.
-- Triggers of the statement, not a foreign key: a key would be checked for every conversation loaded, and could not remember a deletion that is known before the load.
create function voxport_ops.forget_deleted_conversations() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from voxport_ops.loaded_conversations l using deleted d
  where l.source_id = d.source_id and l.conversation_id = d.conversation_id;
  return null;
end $$;
comment on function voxport_ops.forget_deleted_conversations is 'Keeps loaded_conversations in step with deletes from voxport.conversations';

create function voxport_ops.forget_all_conversations() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from voxport_ops.loaded_conversations;
  return null;
end $$;
comment on function voxport_ops.forget_all_conversations is 'Keeps loaded_conversations in step with a truncate of voxport.conversations';

create trigger forget_deleted after delete on voxport.conversations
  referencing old table as deleted for each statement execute function voxport_ops.forget_deleted_conversations();
create trigger forget_all after truncate on voxport.conversations
  for each statement execute function voxport_ops.forget_all_conversations();
