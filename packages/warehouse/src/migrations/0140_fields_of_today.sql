-- What the API tells since the tables were made (official Python SDK 2.78.0). packages/mapping/src/tables/*.ts is the loader's half; `reload` fills it from the payloads.

alter table voxport.conversations
  add column user_message_count bigint,
  add column agent_message_count bigint,
  add column voice_surcharge_credits numeric,
  add column campaign_lead_id text,
  add column campaign_cold_attempt bigint,
  add column campaign_conversation_type text,
  add column procedure_ids text[],
  add column start_procedure_ids text[],
  add column whatsapp_phone_number_id text,
  add column whatsapp_template_name text,
  add column whatsapp_pricing_category text,
  add column whatsapp_is_billable boolean,
  add column whatsapp_sent_at timestamptz,
  add column whatsapp_delivered_at timestamptz,
  add column whatsapp_read_at timestamptz,
  add column whatsapp_replied_at timestamptz,
  add column whatsapp_failed_at timestamptz,
  add column whatsapp_error_code text,
  add column whatsapp_permission_state text,
  add column whatsapp_permission_requested_at timestamptz,
  add column whatsapp_permission_responded_at timestamptz;
comment on column voxport.conversations.message_count is 'Turns with a text. Source field: list row `message_count`; where no list row is known, `user_message_count` + `agent_message_count`, otherwise counted from the transcript';
comment on column voxport.conversations.user_message_count is 'Turns of the user with a text. Source field: `user_message_count`, otherwise of the list row';
comment on column voxport.conversations.agent_message_count is 'Turns of the agent with a text. Source field: `agent_message_count`, otherwise of the list row';
comment on column voxport.conversations.cost_credits is 'Cost of the conversation in credits, not money; contains llm_credits and call_credits, but not voice_surcharge_credits. Source field: `metadata.cost`, otherwise `cost` of the list row';
comment on column voxport.conversations.cost_usd is 'Cost of the conversation in US dollars; null on older conversations; contains the other costs. Source field: `metadata.cost_fiat`, otherwise `cost_fiat` of the list row';
comment on column voxport.conversations.voice_surcharge_credits is 'Credits for the voice that come on top of cost_credits: what the call takes from the plan is cost_credits + voice_surcharge_credits. Source field: `metadata.charging.voice_surcharge_charge`';
comment on column voxport.conversations.campaign_lead_id is 'Lead of the outbound campaign that was called (personal data). Source field: `metadata.batch_call.campaign.campaign_lead_id`';
comment on column voxport.conversations.campaign_cold_attempt is 'Which attempt at the lead this call was. Source field: `metadata.batch_call.campaign.cold_attempt`';
comment on column voxport.conversations.campaign_conversation_type is 'Why the campaign called: initial, retry, callback, redirect; the list may grow. Source field: `metadata.batch_call.campaign.conversation_type`';
comment on column voxport.conversations.procedure_ids is 'Procedures that the client offered. Source field: `conversation_initiation_client_data.procedure_ids`';
comment on column voxport.conversations.start_procedure_ids is 'Procedures that the client wanted to start with. Source field: `conversation_initiation_client_data.start_procedure_ids`';
comment on column voxport.conversations.call_result is 'How the dialled call ended: answered, voicemail, busy, no_answer, failed; the list may grow. Source field: `metadata.phone_call.call_result`, otherwise `metadata.whatsapp.call_result`';
comment on column voxport.conversations.whatsapp_phone_number_id is 'WhatsApp number of the agent. Source field: `metadata.whatsapp.whatsapp_phone_number_id`';
comment on column voxport.conversations.whatsapp_template_name is 'Template of the opening message. Source field: `metadata.whatsapp.opening_message.template_name`';
comment on column voxport.conversations.whatsapp_pricing_category is 'Pricing category of the opening message. Source field: `metadata.whatsapp.opening_message.pricing_category`';
comment on column voxport.conversations.whatsapp_is_billable is 'True when the opening message is billed. Source field: `metadata.whatsapp.opening_message.billable`';
comment on column voxport.conversations.whatsapp_sent_at is 'When the opening message was sent. Source field: `metadata.whatsapp.opening_message.sent_at_unix`';
comment on column voxport.conversations.whatsapp_delivered_at is 'When the opening message was delivered. Source field: `metadata.whatsapp.opening_message.delivered_at_unix`';
comment on column voxport.conversations.whatsapp_read_at is 'When the opening message was read. Source field: `metadata.whatsapp.opening_message.read_at_unix`';
comment on column voxport.conversations.whatsapp_replied_at is 'When the opening message was answered. Source field: `metadata.whatsapp.opening_message.replied_at_unix`';
comment on column voxport.conversations.whatsapp_failed_at is 'When the opening message failed. Source field: `metadata.whatsapp.opening_message.failed_at_unix`';
comment on column voxport.conversations.whatsapp_error_code is 'Why the opening message failed. Source field: `metadata.whatsapp.opening_message.error_code`';
comment on column voxport.conversations.whatsapp_permission_state is 'What the user said to being called: sent (not answered yet), accepted, declined, blocked; the list may grow. Source field: `metadata.whatsapp.call_permission_request.state`';
comment on column voxport.conversations.whatsapp_permission_requested_at is 'When the user was asked whether calls are welcome. Source field: `metadata.whatsapp.call_permission_request.requested_at_unix`';
comment on column voxport.conversations.whatsapp_permission_responded_at is 'When the user answered that. Source field: `metadata.whatsapp.call_permission_request.responded_at_unix`';

alter table voxport.transcript_turns add column voice_id text;
comment on column voxport.transcript_turns.voice_id is 'Voice that spoke the turn. Source field: `transcript[].conversation_turn_metrics.voice_id`';
comment on column voxport.transcript_turns.said_at is 'Time of the turn. Source field: `transcript[].created_at_unix_ms`, to the millisecond; where it is missing, the call''s start plus time_in_call_secs';

alter table voxport.tool_calls add column tool_id text;
comment on column voxport.tool_calls.tool_id is 'The tool in the vendor''s catalogue (names are not unique there); a system tool has __system_<name>. Source field: `transcript[].tool_calls[].tool_id`';
alter table voxport.tool_results add column tool_id text;
comment on column voxport.tool_results.tool_id is 'The tool in the vendor''s catalogue, see tool_calls. Source field: `transcript[].tool_results[].tool_id`';

create table voxport.guardrail_triggers (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  trigger_index bigint not null,
  guardrail_type text,
  guardrail_name text,
  execution_mode text,
  judged_by text,
  score double precision,
  threshold double precision,
  rationale text,
  extra jsonb,
  primary key (source_id, conversation_id, turn_index, trigger_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);
comment on table voxport.guardrail_triggers is 'One row per guardrail that a turn triggered. Key: source_id, conversation_id, turn_index, trigger_index';
comment on column voxport.guardrail_triggers.source_id is 'Name of the configured source, see conversations';
comment on column voxport.guardrail_triggers.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.guardrail_triggers.turn_index is 'Turn that triggered it, see transcript_turns. Derived from the order of `transcript`';
comment on column voxport.guardrail_triggers.trigger_index is 'Position within the turn, from 0. Derived from the order of `transcript[].triggered_guardrails`';
comment on column voxport.guardrail_triggers.guardrail_type is 'Kind of guardrail: prompt_injection, profanity, custom …; the list may grow. Source field: `transcript[].triggered_guardrails[].guardrail_type`';
comment on column voxport.guardrail_triggers.guardrail_name is 'Name of a custom guardrail. Source field: `transcript[].triggered_guardrails[].guardrail_name`';
comment on column voxport.guardrail_triggers.execution_mode is 'Whether the answer waited for the guardrail: blocking or streaming. Source field: `transcript[].triggered_guardrails[].execution_mode`';
comment on column voxport.guardrail_triggers.judged_by is 'What judged: classifier, llm, unknown. Source field: `transcript[].triggered_guardrails[].guardrail_details.type`';
comment on column voxport.guardrail_triggers.score is 'Score that a classifier gave. Source field: `transcript[].triggered_guardrails[].guardrail_details.score`';
comment on column voxport.guardrail_triggers.threshold is 'Score from which on the guardrail triggers. Source field: `transcript[].triggered_guardrails[].guardrail_details.threshold`';
comment on column voxport.guardrail_triggers.rationale is 'Why a model saw the guardrail violated. Source field: `transcript[].triggered_guardrails[].guardrail_details.rationale`';
comment on column voxport.guardrail_triggers.extra is 'Fields of the trigger that have no column yet, as JSON. Source: whatever the mapping does not know';

create table voxport.tool_result_chunks (
  source_id text not null,
  conversation_id text not null,
  turn_index bigint not null,
  result_index bigint not null,
  chunk_index bigint not null,
  document_id text,
  chunk_id text,
  content text,
  primary key (source_id, conversation_id, turn_index, result_index, chunk_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);
comment on table voxport.tool_result_chunks is 'One row per chunk that a knowledge tool found; those that the platform retrieved by itself stand in rag_chunks. Key: source_id, conversation_id, turn_index, result_index, chunk_index';
comment on column voxport.tool_result_chunks.source_id is 'Name of the configured source, see conversations';
comment on column voxport.tool_result_chunks.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.tool_result_chunks.turn_index is 'Turn that holds the result, see transcript_turns. Derived from the order of `transcript`';
comment on column voxport.tool_result_chunks.result_index is 'The result that found it, see tool_results. Derived from the order of `transcript[].tool_results`';
comment on column voxport.tool_result_chunks.chunk_index is 'Position within the result, from 0. Derived from the order of `transcript[].tool_results[].result.chunks`';
comment on column voxport.tool_result_chunks.document_id is 'Knowledge-base document. Source field: `transcript[].tool_results[].result.chunks[].document_id`';
comment on column voxport.tool_result_chunks.chunk_id is 'Chunk of that document. Source field: `transcript[].tool_results[].result.chunks[].chunk_id`';
comment on column voxport.tool_result_chunks.content is 'The chunk''s text. Source field: `transcript[].tool_results[].result.chunks[].content`';

create table voxport.agent_evaluations (
  source_id text not null,
  conversation_id text not null,
  scope_index bigint not null,
  scope text,
  agent_id text,
  branch_id text,
  call_successful text,
  success_score double precision,
  evaluation_results jsonb,
  data_collection_results jsonb,
  extra jsonb,
  primary key (source_id, conversation_id, scope_index),
  foreign key (source_id, conversation_id) references voxport.conversations on delete cascade
);
comment on table voxport.agent_evaluations is 'One row per scope that the analysis judged by itself: each agent that took part in a call with transfers, or the conversation. Key: source_id, conversation_id, scope_index';
comment on column voxport.agent_evaluations.source_id is 'Name of the configured source, see conversations';
comment on column voxport.agent_evaluations.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.agent_evaluations.scope_index is 'Position in the analysis, from 0. Derived from the order of `analysis.scoped`';
comment on column voxport.agent_evaluations.scope is 'What was judged: agent or conversation; the list may grow. Source field: `analysis.scoped[].scope`';
comment on column voxport.agent_evaluations.agent_id is 'Agent that was judged. Source field: `analysis.scoped[].source_agent_id`';
comment on column voxport.agent_evaluations.branch_id is 'Branch of that agent. Source field: `analysis.scoped[].source_branch_id`';
comment on column voxport.agent_evaluations.call_successful is 'Verdict: success, failure, unknown; the list may grow. Source field: `analysis.scoped[].successful`';
comment on column voxport.agent_evaluations.success_score is 'Score of the verdict. Source field: `analysis.scoped[].success_score`';
comment on column voxport.agent_evaluations.evaluation_results is 'Its verdicts by criterion, as JSON; as rows in the view agent_criteria_results. Source field: `analysis.scoped[].evaluation_criteria_results`';
comment on column voxport.agent_evaluations.data_collection_results is 'What was collected, by data point, as JSON. Source field: `analysis.scoped[].data_collection_results`';
comment on column voxport.agent_evaluations.extra is 'Fields of the scope that have no column yet, as JSON. Source: whatever the mapping does not know';

create view voxport.agent_criteria_results as
select e.source_id, e.conversation_id, e.scope_index, e.scope, e.agent_id, e.branch_id,
       criterion.key as criteria_id, criterion.value ->> 'result' as result, criterion.value ->> 'rationale' as rationale,
       case when jsonb_typeof(criterion.value -> 'score') = 'number' then (criterion.value ->> 'score')::numeric end as score,
       case when jsonb_typeof(criterion.value -> 'max_score') = 'number' then (criterion.value ->> 'max_score')::numeric end as max_score
from voxport.agent_evaluations e
cross join lateral jsonb_each(case when jsonb_typeof(e.evaluation_results) = 'object' then e.evaluation_results else '{}' end) as criterion;
comment on view voxport.agent_criteria_results is 'One row per criterion and agent that was judged by it, of calls in which several agents took part';
comment on column voxport.agent_criteria_results.source_id is 'Name of the configured source, see conversations';
comment on column voxport.agent_criteria_results.conversation_id is 'The conversation''s id, see conversations';
comment on column voxport.agent_criteria_results.scope_index is 'The scope, see agent_evaluations';
comment on column voxport.agent_criteria_results.scope is 'What was judged: agent or conversation';
comment on column voxport.agent_criteria_results.agent_id is 'Agent that was judged';
comment on column voxport.agent_criteria_results.branch_id is 'Branch of that agent';
comment on column voxport.agent_criteria_results.criteria_id is 'The criterion, see evaluation_results';
comment on column voxport.agent_criteria_results.result is 'Verdict: success, failure, unknown; the list may grow';
comment on column voxport.agent_criteria_results.rationale is 'Why';
comment on column voxport.agent_criteria_results.score is 'Score, where the criterion has one';
comment on column voxport.agent_criteria_results.max_score is 'The most that the score can be';

-- Two fingerprints of one conversation's list row. The first 32 characters digest the fields that have always been compared; then come eight per field
-- added since, or eight hyphens where the row did not have the field. Only what both rows had is compared: neither an update of Voxport nor a field that the
-- API adds makes every known conversation look changed.
create function voxport_ops.is_row_changed(known text, listed text) returns boolean language sql immutable parallel safe as $$
  select known is distinct from listed and (
    known is null or listed is null or left(known, 32) <> left(listed, 32) or exists (
      select from generate_series(33, least(length(known), length(listed)) - 7, 8) as place
      where substr(known, place, 8) <> substr(listed, place, 8)
        and substr(known, place, 8) <> '--------' and substr(listed, place, 8) <> '--------'
    )
  )
$$;
comment on function voxport_ops.is_row_changed is 'Whether the fingerprints of two list rows of one conversation tell of a change: only fields that both rows had are compared';
