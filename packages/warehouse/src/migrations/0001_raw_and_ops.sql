-- The pipeline's own state (voxport_ops) and the payloads as received (voxport_raw).
-- Postgres is the truth about work: what stands here is enough to refill an emptied queue.

create schema if not exists voxport_raw;
create schema if not exists voxport_ops;

comment on schema voxport_raw is 'Payloads as received: everything in schema voxport can be rebuilt from here without the API';
comment on schema voxport_ops is 'The state of the pipeline: runs, windows, inventory, failures, verification, drift';

create table voxport_ops.sources (
  source_id         text primary key,
  dialect           text not null,
  base_url          text not null,
  watermark_at      timestamptz,
  in_flight_limit   integer,
  limit_changed_at  timestamptz,
  paused_at         timestamptz,
  paused_class      text,
  paused_reason     text,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now()
);
comment on table voxport_ops.sources is 'One row a configured source: how far it is listed, what it allows, whether it is paused';
comment on column voxport_ops.sources.source_id is 'The configured name of the source';
comment on column voxport_ops.sources.dialect is 'The API it speaks: elevenlabs or voiceable';
comment on column voxport_ops.sources.base_url is 'Base URL of its API';
comment on column voxport_ops.sources.watermark_at is 'Every call that started before this time has been listed by a completed sync window';
comment on column voxport_ops.sources.in_flight_limit is 'Requests in flight that the source allows at present, as found by adaptation; shared by all workers';
comment on column voxport_ops.sources.limit_changed_at is 'When in_flight_limit was last changed';
comment on column voxport_ops.sources.paused_at is 'Since when no request is sent (a refused key); null while it works';
comment on column voxport_ops.sources.paused_class is 'Error class that paused the source';
comment on column voxport_ops.sources.paused_reason is 'What the source said when it was paused';
comment on column voxport_ops.sources.created_at is 'When the source was first seen';
comment on column voxport_ops.sources.updated_at is 'When this row last changed';

create table voxport_ops.runs (
  run_id        bigint generated always as identity primary key,
  kind          text not null,
  state         text not null default 'running',
  source_ids    text[] not null,
  range_after   timestamptz,
  range_before  timestamptz,
  filters       jsonb not null default '{}',
  windows       bigint,
  pages         bigint,
  listed        bigint,
  fetched       bigint,
  loaded        bigint,
  unchanged     bigint,
  failed        bigint,
  gone          bigint,
  started_at    timestamptz not null default now(),
  finished_at   timestamptz
);
comment on table voxport_ops.runs is 'One row a sync or a backfill';
comment on column voxport_ops.runs.run_id is 'Number of the run';
comment on column voxport_ops.runs.kind is 'sync or backfill';
comment on column voxport_ops.runs.state is 'running, paused, finished, finished_with_failures or cancelled';
comment on column voxport_ops.runs.source_ids is 'The sources it covers';
comment on column voxport_ops.runs.range_after is 'First call start it covers; null from the beginning';
comment on column voxport_ops.runs.range_before is 'Call starts before this time are covered';
comment on column voxport_ops.runs.filters is 'List filters it was started with';
comment on column voxport_ops.runs.windows is 'Windows it was made of; this and the following counts are written when it finishes';
comment on column voxport_ops.runs.pages is 'List pages read';
comment on column voxport_ops.runs.listed is 'Conversations listed, each counted once';
comment on column voxport_ops.runs.fetched is 'Conversations whose detail was fetched';
comment on column voxport_ops.runs.loaded is 'Conversations whose rows were written';
comment on column voxport_ops.runs.unchanged is 'Conversations that were up to date already';
comment on column voxport_ops.runs.failed is 'Conversations and windows that ended in voxport_ops.failures';
comment on column voxport_ops.runs.gone is 'Conversations that were listed but no longer there when their detail was asked for';
comment on column voxport_ops.runs.started_at is 'When it started';
comment on column voxport_ops.runs.finished_at is 'When every page was listed and every conversation loaded or in failures';

create table voxport_ops.windows (
  window_id     bigint generated always as identity primary key,
  run_id        bigint not null references voxport_ops.runs on delete cascade,
  source_id     text not null references voxport_ops.sources on delete cascade,
  range_after   timestamptz,
  range_before  timestamptz not null,
  filters       jsonb not null default '{}',
  lane          text not null,
  origin        text not null,
  moves_watermark boolean not null default false,
  state         text not null default 'open',
  cursor        text,
  next_page     integer not null default 0,
  pages         integer not null default 0,
  listed        bigint not null default 0,
  restarts      integer not null default 0,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  listed_at     timestamptz
);
create index windows_run on voxport_ops.windows (run_id);
create index windows_open on voxport_ops.windows (source_id) where state = 'open';
comment on table voxport_ops.windows is 'One row a bounded range of call starts of a run, with the checkpoint of its listing';
comment on column voxport_ops.windows.window_id is 'Number of the window';
comment on column voxport_ops.windows.run_id is 'The run it belongs to at present; an unfinished window is taken over by the next sync';
comment on column voxport_ops.windows.source_id is 'The source that is listed';
comment on column voxport_ops.windows.range_after is 'First call start of the window; null from the beginning';
comment on column voxport_ops.windows.range_before is 'Call starts before this time belong to the window';
comment on column voxport_ops.windows.filters is 'List filters sent with every page';
comment on column voxport_ops.windows.lane is 'live, refresh or backfill: the order in which requests are spent';
comment on column voxport_ops.windows.origin is 'Origin that conversations found here are loaded with';
comment on column voxport_ops.windows.moves_watermark is 'Whether its completion moves the watermark of the source';
comment on column voxport_ops.windows.state is 'open, listed, failed or cancelled';
comment on column voxport_ops.windows.cursor is 'Cursor of the next page, as the source gave it; null for the first';
comment on column voxport_ops.windows.next_page is 'Index of the next page to list, from 0';
comment on column voxport_ops.windows.pages is 'Pages listed so far, repeats after a restart included';
comment on column voxport_ops.windows.listed is 'Rows listed so far, repeats included';
comment on column voxport_ops.windows.restarts is 'How often the window was listed again from its start because its cursor had expired';
comment on column voxport_ops.windows.created_at is 'When it was planned';
comment on column voxport_ops.windows.updated_at is 'When its checkpoint last moved';
comment on column voxport_ops.windows.listed_at is 'When its last page was listed';

create table voxport_ops.inventory (
  source_id         text not null references voxport_ops.sources on delete cascade,
  conversation_id   text not null,
  state             text not null,
  version           integer not null default 1,
  agent_id          text,
  started_at        timestamptz not null,
  source_status     text,
  list_fingerprint  text,
  listed_row        jsonb,
  lane              text not null,
  origin            text not null,
  wanted_run_id     bigint,
  wanted_window_id  bigint,
  seen_run_id       bigint,
  seen_at           timestamptz,
  discovered_at     timestamptz not null default now(),
  wanted_at         timestamptz not null default now(),
  fetched_at        timestamptz,
  loaded_at         timestamptz,
  load_outcome      text,
  attempts          integer not null default 0,
  last_error_class  text,
  last_error        text,
  next_check_at     timestamptz,
  checks            integer not null default 0,
  primary key (source_id, conversation_id)
) with (fillfactor = 80);
-- By the whole key: with started_at in its place, the planner took it for `source_id = … and state = 'fetched'` and walked the backlog once a row
-- (328 us a conversation at 3,000 pending, and growing with the backlog).
create index inventory_pending on voxport_ops.inventory (source_id, conversation_id) where state in ('discovered', 'fetched');
create index inventory_started on voxport_ops.inventory (source_id, started_at);
create index inventory_due on voxport_ops.inventory (source_id, next_check_at) where next_check_at is not null;
comment on table voxport_ops.inventory is 'One row a conversation known: written before its detail is asked for';
comment on column voxport_ops.inventory.source_id is 'The source it was found at';
comment on column voxport_ops.inventory.conversation_id is 'Id of the conversation';
comment on column voxport_ops.inventory.state is 'discovered (detail wanted), fetched (payload landed), loaded, failed (see failures) or gone (404 at the source)';
comment on column voxport_ops.inventory.version is 'Counts how often its detail was wanted: an answer to an older wish does not end a newer one';
comment on column voxport_ops.inventory.agent_id is 'Agent, as listed';
comment on column voxport_ops.inventory.started_at is 'Call start as listed; the end of the listing window where the list gave none';
comment on column voxport_ops.inventory.source_status is 'Status as listed';
comment on column voxport_ops.inventory.list_fingerprint is 'Digest of the list row: a change means that the detail is wanted again';
comment on column voxport_ops.inventory.listed_row is 'The list row as it came';
comment on column voxport_ops.inventory.lane is 'live, refresh or backfill: how urgent the present wish is';
comment on column voxport_ops.inventory.origin is 'Origin that the present wish is loaded with';
comment on column voxport_ops.inventory.wanted_run_id is 'The run that last wanted the detail';
comment on column voxport_ops.inventory.wanted_window_id is 'The window that last wanted the detail';
comment on column voxport_ops.inventory.seen_run_id is 'The run that last listed it';
comment on column voxport_ops.inventory.seen_at is 'When it was last listed';
comment on column voxport_ops.inventory.discovered_at is 'When it was first listed';
comment on column voxport_ops.inventory.wanted_at is 'When the detail was last wanted';
comment on column voxport_ops.inventory.fetched_at is 'When the present version landed; null while it is wanted';
comment on column voxport_ops.inventory.loaded_at is 'When the present version was loaded';
comment on column voxport_ops.inventory.load_outcome is 'What the last load did: inserted, updated, unchanged or older';
comment on column voxport_ops.inventory.attempts is 'Failed attempts at the present version';
comment on column voxport_ops.inventory.last_error_class is 'Class of the last error';
comment on column voxport_ops.inventory.last_error is 'Message of the last error';
comment on column voxport_ops.inventory.next_check_at is 'When it is to be looked at again; null: not again';
comment on column voxport_ops.inventory.checks is 'How many later looks it has had since it ended';

create table voxport_raw.payloads (
  payload_id       bigint generated always as identity primary key,
  source_id        text not null,
  conversation_id  text not null,
  version          integer not null,
  origin           text not null,
  observed_at      timestamptz not null,
  landed_at        timestamptz not null default clock_timestamp(),
  sha256           bytea not null,
  size_bytes       bigint not null,
  encoding         text not null,
  body             bytea not null,
  state            text not null default 'landed',
  loaded_at        timestamptz,
  mapping_version  integer,
  unique (source_id, conversation_id, sha256)
);
-- The bytes are compressed already: a second compression only costs time.
alter table voxport_raw.payloads alter column body set storage external;
create index payloads_landed on voxport_raw.payloads (source_id, payload_id) where state = 'landed';
comment on table voxport_raw.payloads is 'One row a distinct payload of a conversation, as received';
comment on column voxport_raw.payloads.payload_id is 'Number of the payload';
comment on column voxport_raw.payloads.source_id is 'The source it came from';
comment on column voxport_raw.payloads.conversation_id is 'The conversation that was asked for';
comment on column voxport_raw.payloads.version is 'The version of the wish in the inventory that it answers';
comment on column voxport_raw.payloads.origin is 'What made Voxport fetch it: poll, backfill, webhook or refresh';
comment on column voxport_raw.payloads.observed_at is 'When this content was last received, by the clock of the database';
comment on column voxport_raw.payloads.landed_at is 'When it first landed';
comment on column voxport_raw.payloads.sha256 is 'SHA-256 of the decoded bytes';
comment on column voxport_raw.payloads.size_bytes is 'Size of the decoded bytes';
comment on column voxport_raw.payloads.encoding is 'How body is encoded: zstd or identity';
comment on column voxport_raw.payloads.body is 'The payload, encoded';
comment on column voxport_raw.payloads.state is 'landed (waits for the loader), loaded or failed';
comment on column voxport_raw.payloads.loaded_at is 'When the loader was done with it';
comment on column voxport_raw.payloads.mapping_version is 'Version of the row mapping that it was loaded with';

create table voxport_ops.failures (
  failure_id       bigint generated always as identity primary key,
  source_id        text not null,
  stage            text not null,
  conversation_id  text,
  window_id        bigint,
  run_id           bigint,
  error_class      text not null,
  message          text not null,
  http_status      integer,
  attempts         integer not null default 1,
  payload_id       bigint references voxport_raw.payloads on delete set null,
  first_failed_at  timestamptz not null default now(),
  last_failed_at   timestamptz not null default now(),
  resolved_at      timestamptz,
  resolution       text
);
create unique index failures_open on voxport_ops.failures
  (source_id, stage, coalesce(conversation_id, ''), coalesce(window_id, 0)) where resolved_at is null;
create index failures_class on voxport_ops.failures (source_id, error_class) where resolved_at is null;
comment on table voxport_ops.failures is 'The dead letters: what could not be exported, and why';
comment on column voxport_ops.failures.failure_id is 'Number of the failure';
comment on column voxport_ops.failures.source_id is 'The source';
comment on column voxport_ops.failures.stage is 'list, fetch or load';
comment on column voxport_ops.failures.conversation_id is 'The conversation, where one is concerned';
comment on column voxport_ops.failures.window_id is 'The window, where a listing failed';
comment on column voxport_ops.failures.run_id is 'The run during which it failed';
comment on column voxport_ops.failures.error_class is 'Why: unauthorized, not_found, server_error, unusable_payload, mapping …';
comment on column voxport_ops.failures.message is 'What happened, in a sentence';
comment on column voxport_ops.failures.http_status is 'HTTP status, where there was an answer';
comment on column voxport_ops.failures.attempts is 'How often it was tried';
comment on column voxport_ops.failures.payload_id is 'The payload that could not be used, where one came';
comment on column voxport_ops.failures.first_failed_at is 'When it first failed';
comment on column voxport_ops.failures.last_failed_at is 'When it last failed';
comment on column voxport_ops.failures.resolved_at is 'When it stopped being open; null while it is';
comment on column voxport_ops.failures.resolution is 'How it ended: recovered, retried or discarded';

create table voxport_ops.verifications (
  verification_id  bigint generated always as identity primary key,
  source_id        text not null,
  range_after      timestamptz,
  range_before     timestamptz not null,
  listed           bigint not null,
  present          bigint not null,
  missing          bigint not null,
  stale            bigint not null,
  extra            bigint not null default 0,
  healed           bigint not null default 0,
  verified_at      timestamptz not null default now()
);
comment on table voxport_ops.verifications is 'One certificate a window that was listed again and compared with the tables';
comment on column voxport_ops.verifications.verification_id is 'Number of the certificate';
comment on column voxport_ops.verifications.source_id is 'The source';
comment on column voxport_ops.verifications.range_after is 'First call start of the window; null from the beginning';
comment on column voxport_ops.verifications.range_before is 'Call starts before this time were verified';
comment on column voxport_ops.verifications.listed is 'Conversations that the source lists';
comment on column voxport_ops.verifications.present is 'Of these, in the tables and up to date';
comment on column voxport_ops.verifications.missing is 'Of these, not in the tables';
comment on column voxport_ops.verifications.stale is 'Of these, in the tables with another fingerprint';
comment on column voxport_ops.verifications.extra is 'In the tables, but no longer listed';
comment on column voxport_ops.verifications.healed is 'Enqueued again by this verification';
comment on column voxport_ops.verifications.verified_at is 'When it was done';

create table voxport_ops.schema_drift (
  source_id        text not null,
  path             text not null,
  kind             text not null,
  seen             text not null,
  first_seen_at    timestamptz not null default now(),
  last_seen_at     timestamptz not null default now(),
  count            bigint not null default 1,
  conversation_id  text,
  primary key (source_id, path, kind, seen)
);
comment on table voxport_ops.schema_drift is 'What payloads held that the mapping did not expect: counted, never an obstacle to the load';
comment on column voxport_ops.schema_drift.source_id is 'The source';
comment on column voxport_ops.schema_drift.path is 'JSON path in the payload, [] for items, {} for values of a map';
comment on column voxport_ops.schema_drift.kind is 'unknown_key, changed_type, new_value or unstorable_text';
comment on column voxport_ops.schema_drift.seen is 'The JSON type met, or the new value';
comment on column voxport_ops.schema_drift.first_seen_at is 'When it was first met';
comment on column voxport_ops.schema_drift.last_seen_at is 'When it was last met';
comment on column voxport_ops.schema_drift.count is 'In how many payloads it was met';
comment on column voxport_ops.schema_drift.conversation_id is 'The first conversation that had it';

create table voxport_ops.webhook_events (
  event_id            bigint generated always as identity primary key,
  source_id           text not null,
  type                text not null,
  conversation_id     text,
  event_at            timestamptz,
  received_at         timestamptz not null default now(),
  signature_age_secs  double precision,
  state               text not null,
  unique (source_id, type, conversation_id, event_at)
);
comment on table voxport_ops.webhook_events is 'One row a post-call webhook received';
comment on column voxport_ops.webhook_events.event_id is 'Number of the event';
comment on column voxport_ops.webhook_events.source_id is 'The source';
comment on column voxport_ops.webhook_events.type is 'Type as sent, e.g. post_call_transcription';
comment on column voxport_ops.webhook_events.conversation_id is 'The conversation, where the event names one';
comment on column voxport_ops.webhook_events.event_at is 'The time that the event carries';
comment on column voxport_ops.webhook_events.received_at is 'When it was received';
comment on column voxport_ops.webhook_events.signature_age_secs is 'Age of its signature on receipt, seconds';
comment on column voxport_ops.webhook_events.state is 'landed, ignored or failed';
