-- What conversations name by id: small syncs of their own, raw first, with history.

create table voxport_ops.entity_syncs (
  source_id     text not null references voxport_ops.sources,
  entity        text not null,
  next_at       timestamptz not null default now(),
  lease         text,
  claimed_at    timestamptz,
  started_at    timestamptz,
  completed_at  timestamptz,
  items         bigint,
  requests      bigint,
  attempts      integer not null default 0,
  error_class   text,
  error         text,
  failed_at     timestamptz,
  primary key (source_id, entity)
);
comment on table voxport_ops.entity_syncs is 'One row a source and entity that is synced: when it was, when it is due, and why it could not be';
comment on column voxport_ops.entity_syncs.source_id is 'The source';
comment on column voxport_ops.entity_syncs.entity is 'What is synced: agents, agent_branches, agent_versions, tools, tags, phone_numbers, batch_calls';
comment on column voxport_ops.entity_syncs.next_at is 'When it is due';
comment on column voxport_ops.entity_syncs.lease is 'The sync that is under way: the worker''s id, whose heartbeat holds it, and its own; null: none';
comment on column voxport_ops.entity_syncs.claimed_at is 'When that sync saved something last: 150 seconds later it counts as lost';
comment on column voxport_ops.entity_syncs.started_at is 'When the newest sync began';
comment on column voxport_ops.entity_syncs.completed_at is 'When its whole list was seen last';
comment on column voxport_ops.entity_syncs.items is 'Items that the last complete sync has seen';
comment on column voxport_ops.entity_syncs.requests is 'Requests that the last complete sync has spent';
comment on column voxport_ops.entity_syncs.attempts is 'Syncs that have failed since the last complete one';
comment on column voxport_ops.entity_syncs.error_class is 'Why the newest sync has failed, a class as in failures; forbidden: the key may not read it. Null: it has not';
comment on column voxport_ops.entity_syncs.error is 'The same as a sentence, with what to do';
comment on column voxport_ops.entity_syncs.failed_at is 'When it failed';

create table voxport_raw.entity_payloads (
  payload_id       bigint generated always as identity primary key,
  source_id        text not null,
  entity           text not null,
  entity_id        text not null,
  observed_at      timestamptz not null default clock_timestamp(),
  marker           text not null,
  digest           bytea not null,
  encoding         text not null,
  body             bytea not null,
  size_bytes       bigint not null,
  is_newest        boolean not null default true,
  gone_at          timestamptz,
  mapping_version  integer
);
alter table voxport_raw.entity_payloads alter column body set storage external;
create unique index entity_payloads_newest on voxport_raw.entity_payloads (source_id, entity, entity_id) where is_newest;
comment on table voxport_raw.entity_payloads is 'One row an item of an entity and version of it, as received, after redaction and without what changes with every call; rows of schema voxport are made of it';
comment on column voxport_raw.entity_payloads.payload_id is 'Number of the payload';
comment on column voxport_raw.entity_payloads.source_id is 'The source';
comment on column voxport_raw.entity_payloads.entity is 'See voxport_ops.entity_syncs.entity';
comment on column voxport_raw.entity_payloads.entity_id is 'Id of the item; of what belongs to an agent: the agent''s id, a slash, its own';
comment on column voxport_raw.entity_payloads.observed_at is 'When it was received';
comment on column voxport_raw.entity_payloads.marker is 'What its list said of its last change: the same again, and it is not asked for';
comment on column voxport_raw.entity_payloads.digest is 'SHA-256 of the body';
comment on column voxport_raw.entity_payloads.encoding is 'How the body is stored: zstd or identity';
comment on column voxport_raw.entity_payloads.body is 'The JSON text';
comment on column voxport_raw.entity_payloads.size_bytes is 'Its size, decoded';
comment on column voxport_raw.entity_payloads.is_newest is 'Whether it is the newest version of its item';
comment on column voxport_raw.entity_payloads.gone_at is 'When the item was no longer in the complete list; null while it is';
comment on column voxport_raw.entity_payloads.mapping_version is 'The version of the mapping that has made its rows; null: none yet';

create table voxport.agents (
  source_id      text not null,
  agent_id       text not null,
  name           text,
  branch_id      text,
  version_id     text,
  is_archived    boolean,
  tags           text[],
  language       text,
  llm            text,
  voice_id       text,
  first_message  text,
  prompt         text,
  tool_ids       text[],
  created_at     timestamptz,
  updated_at     timestamptz,
  settings       jsonb,
  valid_from     timestamptz not null,
  valid_to       timestamptz,
  observed_at    timestamptz not null,
  primary key (source_id, agent_id, valid_from)
);
create unique index agents_present on voxport.agents (source_id, agent_id) where valid_to is null;
comment on table voxport.agents is 'One row an agent and version of its settings, as the list of agents and GET agent told them; the present one has valid_to null. Join a call with how its agent was: agent_id, and started_at from valid_from to before valid_to';
comment on column voxport.agents.source_id is 'The source';
comment on column voxport.agents.agent_id is 'Id of the agent (agent_id)';
comment on column voxport.agents.name is 'Its name (name)';
comment on column voxport.agents.branch_id is 'Its main branch (main_branch_id)';
comment on column voxport.agents.version_id is 'The version that its main branch was on (version_id)';
comment on column voxport.agents.is_archived is 'Whether it was archived (archived)';
comment on column voxport.agents.tags is 'Tags of the agent, not of calls (tags)';
comment on column voxport.agents.language is 'Its language (conversation_config.agent.language)';
comment on column voxport.agents.llm is 'Its language model (conversation_config.agent.prompt.llm)';
comment on column voxport.agents.voice_id is 'Its voice (conversation_config.tts.voice_id)';
comment on column voxport.agents.first_message is 'What it says first (conversation_config.agent.first_message)';
comment on column voxport.agents.prompt is 'Its system prompt (conversation_config.agent.prompt.prompt)';
comment on column voxport.agents.tool_ids is 'The tools that it may call (conversation_config.agent.prompt.tool_ids)';
comment on column voxport.agents.created_at is 'When it was made (metadata.created_at_unix_secs)';
comment on column voxport.agents.updated_at is 'When its main branch or its settings were changed last (metadata.updated_at_unix_secs)';
comment on column voxport.agents.settings is 'conversation_config, platform_settings, workflow and procedures as the source sent them, values of headers redacted';
comment on column voxport.agents.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.agents.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.agents.observed_at is 'When Voxport saw this version first';

create table voxport.evaluation_criteria (
  source_id            text not null,
  agent_id             text not null,
  criteria_id          text not null,
  name                 text,
  criterion_type       text,
  prompt               text,
  scope                text,
  llm                  text,
  scoring_mode         text,
  max_score            numeric,
  score_instructions   text,
  uses_knowledge_base  boolean,
  valid_from           timestamptz not null,
  valid_to             timestamptz,
  observed_at          timestamptz not null,
  primary key (source_id, agent_id, criteria_id, valid_from)
);
create unique index evaluation_criteria_present on voxport.evaluation_criteria (source_id, agent_id, criteria_id) where valid_to is null;
comment on table voxport.evaluation_criteria is 'One row a criterion of an agent and version of it: the question behind evaluation_results; the present one has valid_to null';
comment on column voxport.evaluation_criteria.source_id is 'The source';
comment on column voxport.evaluation_criteria.agent_id is 'The agent whose settings have it';
comment on column voxport.evaluation_criteria.criteria_id is 'Id of the criterion, as in evaluation_results (id)';
comment on column voxport.evaluation_criteria.name is 'Its name (name)';
comment on column voxport.evaluation_criteria.criterion_type is 'Its kind (type)';
comment on column voxport.evaluation_criteria.prompt is 'What is to be judged (conversation_goal_prompt)';
comment on column voxport.evaluation_criteria.scope is 'conversation or agent: which part of the transcript is judged (scope)';
comment on column voxport.evaluation_criteria.llm is 'The model that judges; null: the agent''s default (llm)';
comment on column voxport.evaluation_criteria.scoring_mode is 'binary or numeric_uniform (scoring_mode)';
comment on column voxport.evaluation_criteria.max_score is 'The top of its scale (max_score)';
comment on column voxport.evaluation_criteria.score_instructions is 'How values are given on the scale (score_instructions)';
comment on column voxport.evaluation_criteria.uses_knowledge_base is 'Whether the judge reads the knowledge base (use_knowledge_base)';
comment on column voxport.evaluation_criteria.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.evaluation_criteria.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.evaluation_criteria.observed_at is 'When Voxport saw this version first';

create table voxport.data_collection_items (
  source_id           text not null,
  agent_id            text not null,
  data_collection_id  text not null,
  value_type          text,
  description         text,
  allowed_values      text[],
  scope               text,
  valid_from          timestamptz not null,
  valid_to            timestamptz,
  observed_at         timestamptz not null,
  primary key (source_id, agent_id, data_collection_id, valid_from)
);
create unique index data_collection_items_present on voxport.data_collection_items (source_id, agent_id, data_collection_id) where valid_to is null;
comment on table voxport.data_collection_items is 'One row an item that is collected from the calls of an agent, and version of it: the question behind data_collection_results; the present one has valid_to null';
comment on column voxport.data_collection_items.source_id is 'The source';
comment on column voxport.data_collection_items.agent_id is 'The agent whose settings have it';
comment on column voxport.data_collection_items.data_collection_id is 'Id of the item, as in data_collection_results (key of platform_settings.data_collection)';
comment on column voxport.data_collection_items.value_type is 'Type of the value (type)';
comment on column voxport.data_collection_items.description is 'What is to be collected (description)';
comment on column voxport.data_collection_items.allowed_values is 'Values that it may have; null: any (enum)';
comment on column voxport.data_collection_items.scope is 'conversation or agent (platform_settings.data_collection_scopes)';
comment on column voxport.data_collection_items.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.data_collection_items.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.data_collection_items.observed_at is 'When Voxport saw this version first';

create table voxport.agent_branches (
  source_id              text not null,
  agent_id               text not null,
  branch_id              text not null,
  name                   text,
  description            text,
  traffic_percent        numeric,
  is_archived            boolean,
  parent_branch_id       text,
  merged_into_branch_id  text,
  created_at             timestamptz,
  last_committed_at      timestamptz,
  valid_from             timestamptz not null,
  valid_to               timestamptz,
  observed_at            timestamptz not null,
  primary key (source_id, agent_id, branch_id, valid_from)
);
create unique index agent_branches_present on voxport.agent_branches (source_id, agent_id, branch_id) where valid_to is null;
comment on table voxport.agent_branches is 'One row a branch of an agent and version of it; traffic_percent over time tells an A/B test. The present one has valid_to null';
comment on column voxport.agent_branches.source_id is 'The source';
comment on column voxport.agent_branches.agent_id is 'The agent (agent_id)';
comment on column voxport.agent_branches.branch_id is 'Id of the branch, as in conversations (id)';
comment on column voxport.agent_branches.name is 'Its name (name)';
comment on column voxport.agent_branches.description is 'What it is for (description)';
comment on column voxport.agent_branches.traffic_percent is 'Its share of the calls, 0 to 100 (current_live_percentage)';
comment on column voxport.agent_branches.is_archived is 'Whether it was archived (is_archived)';
comment on column voxport.agent_branches.parent_branch_id is 'The branch that it was made from (parent_branch_id)';
comment on column voxport.agent_branches.merged_into_branch_id is 'The branch that its newest version was merged into (merged_into_branch_id)';
comment on column voxport.agent_branches.created_at is 'When it was made (created_at)';
comment on column voxport.agent_branches.last_committed_at is 'When a version was committed last (last_committed_at)';
comment on column voxport.agent_branches.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.agent_branches.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.agent_branches.observed_at is 'When Voxport saw this version first';

create table voxport.agent_versions (
  source_id        text not null,
  agent_id         text not null,
  version_id       text not null,
  branch_id        text,
  description      text,
  sequence_number  bigint,
  committed_at     timestamptz,
  observed_at      timestamptz not null,
  gone_at          timestamptz,
  primary key (source_id, agent_id, version_id)
);
comment on table voxport.agent_versions is 'One row a version of an agent that a call has named; a version does not change';
comment on column voxport.agent_versions.source_id is 'The source';
comment on column voxport.agent_versions.agent_id is 'The agent (agent_id)';
comment on column voxport.agent_versions.version_id is 'Id of the version, as in conversations (id)';
comment on column voxport.agent_versions.branch_id is 'The branch that it is on (branch_id)';
comment on column voxport.agent_versions.description is 'What was changed (version_description)';
comment on column voxport.agent_versions.sequence_number is 'Its number on its branch (seq_no_in_branch)';
comment on column voxport.agent_versions.committed_at is 'When it was committed (time_committed_secs)';
comment on column voxport.agent_versions.observed_at is 'When Voxport saw it like this first';
comment on column voxport.agent_versions.gone_at is 'When it was no longer in the source''s list; null while it is';

create table voxport.tools (
  source_id              text not null,
  tool_id                text not null,
  name                   text,
  tool_type              text,
  description            text,
  url                    text,
  method                 text,
  response_timeout_secs  double precision,
  settings               jsonb,
  valid_from             timestamptz not null,
  valid_to               timestamptz,
  observed_at            timestamptz not null,
  primary key (source_id, tool_id, valid_from)
);
create unique index tools_present on voxport.tools (source_id, tool_id) where valid_to is null;
comment on table voxport.tools is 'One row a tool of the workspace and version of it; the present one has valid_to null. Joined by tool_calls.tool_id; system tools have no row';
comment on column voxport.tools.source_id is 'The source';
comment on column voxport.tools.tool_id is 'Id of the tool (id)';
comment on column voxport.tools.name is 'Its name, which is not unique (tool_config.name)';
comment on column voxport.tools.tool_type is 'webhook, client, mcp and others (tool_config.type)';
comment on column voxport.tools.description is 'What the agent is told of it (tool_config.description)';
comment on column voxport.tools.url is 'Where a webhook calls (tool_config.api_schema.url)';
comment on column voxport.tools.method is 'By which HTTP method (tool_config.api_schema.method)';
comment on column voxport.tools.response_timeout_secs is 'How long an answer is waited for, seconds (tool_config.response_timeout_secs)';
comment on column voxport.tools.settings is 'tool_config as the source sent it, values of headers redacted';
comment on column voxport.tools.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.tools.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.tools.observed_at is 'When Voxport saw this version first';

create table voxport.tags (
  source_id    text not null,
  tag_id       text not null,
  name         text,
  description  text,
  created_at   timestamptz,
  valid_from   timestamptz not null,
  valid_to     timestamptz,
  observed_at  timestamptz not null,
  primary key (source_id, tag_id, valid_from)
);
create unique index tags_present on voxport.tags (source_id, tag_id) where valid_to is null;
comment on table voxport.tags is 'One row a tag for conversations and version of it; the present one has valid_to null. Joined by conversations.tag_ids';
comment on column voxport.tags.source_id is 'The source';
comment on column voxport.tags.tag_id is 'Id of the tag (tag_id)';
comment on column voxport.tags.name is 'Its title (title)';
comment on column voxport.tags.description is 'What it is for (description)';
comment on column voxport.tags.created_at is 'When it was made (created_at_unix_secs)';
comment on column voxport.tags.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.tags.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.tags.observed_at is 'When Voxport saw this version first';

create table voxport.phone_numbers (
  source_id          text not null,
  phone_number_id    text not null,
  phone_number       text,
  label              text,
  provider           text,
  agent_id           text,
  branch_id          text,
  environment        text,
  supports_inbound   boolean,
  supports_outbound  boolean,
  valid_from         timestamptz not null,
  valid_to           timestamptz,
  observed_at        timestamptz not null,
  primary key (source_id, phone_number_id, valid_from)
);
create unique index phone_numbers_present on voxport.phone_numbers (source_id, phone_number_id) where valid_to is null;
comment on table voxport.phone_numbers is 'One row a telephone number of the workspace and version of it: which agent it led to, when; the present one has valid_to null';
comment on column voxport.phone_numbers.source_id is 'The source';
comment on column voxport.phone_numbers.phone_number_id is 'Id of the number, as in conversations (phone_number_id)';
comment on column voxport.phone_numbers.phone_number is 'The number itself (phone_number)';
comment on column voxport.phone_numbers.label is 'Its label (label)';
comment on column voxport.phone_numbers.provider is 'twilio, sip_trunk, exotel (provider)';
comment on column voxport.phone_numbers.agent_id is 'The agent that answers it; null: none (assigned_agent.agent_id)';
comment on column voxport.phone_numbers.branch_id is 'The branch that answers it; null: as the agent shares its traffic (assigned_agent.branch_id)';
comment on column voxport.phone_numbers.environment is 'The environment of its calls (assigned_agent.environment)';
comment on column voxport.phone_numbers.supports_inbound is 'Whether it takes calls (supports_inbound)';
comment on column voxport.phone_numbers.supports_outbound is 'Whether it makes calls (supports_outbound)';
comment on column voxport.phone_numbers.valid_from is 'From when on it was so. The first version that is known counts from when the source made it (1970 where that is not told): what it was before is not known';
comment on column voxport.phone_numbers.valid_to is 'Before when it was so: the next version begins there, or it was no longer in the source''s list. Null: it is so now';
comment on column voxport.phone_numbers.observed_at is 'When Voxport saw this version first';

create table voxport.batch_calls (
  source_id          text not null,
  batch_call_id      text not null,
  name               text,
  agent_id           text,
  branch_id          text,
  environment        text,
  phone_number_id    text,
  phone_provider     text,
  status             text,
  timezone           text,
  calls_scheduled    bigint,
  calls_dispatched   bigint,
  calls_finished     bigint,
  retry_count        bigint,
  concurrency_limit  bigint,
  created_at         timestamptz,
  scheduled_at       timestamptz,
  updated_at         timestamptz,
  observed_at        timestamptz not null,
  gone_at            timestamptz,
  primary key (source_id, batch_call_id)
);
comment on table voxport.batch_calls is 'One row a batch of outbound calls, as it was seen last; those of it that became conversations have its id';
comment on column voxport.batch_calls.source_id is 'The source';
comment on column voxport.batch_calls.batch_call_id is 'Id of the batch, as in conversations (id)';
comment on column voxport.batch_calls.name is 'Its name (name)';
comment on column voxport.batch_calls.agent_id is 'The agent that calls (agent_id)';
comment on column voxport.batch_calls.branch_id is 'The branch that calls (branch_id)';
comment on column voxport.batch_calls.environment is 'The environment of its calls (environment)';
comment on column voxport.batch_calls.phone_number_id is 'The number that it calls from (phone_number_id)';
comment on column voxport.batch_calls.phone_provider is 'Provider of that number (phone_provider)';
comment on column voxport.batch_calls.status is 'pending, in_progress, completed, failed, cancelled and others (status)';
comment on column voxport.batch_calls.timezone is 'Time zone of its schedule (timezone)';
comment on column voxport.batch_calls.calls_scheduled is 'Calls that it is to make (total_calls_scheduled)';
comment on column voxport.batch_calls.calls_dispatched is 'Calls that it has begun (total_calls_dispatched)';
comment on column voxport.batch_calls.calls_finished is 'Calls that have ended (total_calls_finished)';
comment on column voxport.batch_calls.retry_count is 'How often it was run again (retry_count)';
comment on column voxport.batch_calls.concurrency_limit is 'Calls at once at most; null: as the workspace allows (target_concurrency_limit)';
comment on column voxport.batch_calls.created_at is 'When it was made (created_at_unix)';
comment on column voxport.batch_calls.scheduled_at is 'When it was to begin (scheduled_time_unix)';
comment on column voxport.batch_calls.updated_at is 'When it changed last (last_updated_at_unix)';
comment on column voxport.batch_calls.observed_at is 'When Voxport saw it like this first';
comment on column voxport.batch_calls.gone_at is 'When it was no longer in the source''s list; null while it is';
