-- Post-call webhooks, and what the operators' page shows and asks for.

-- What lands is a conversation's detail, but for the failures of calls that never became one.
alter table voxport_raw.payloads add column kind text not null default 'conversation';
comment on column voxport_raw.payloads.kind is 'What the body is: conversation (its detail) or initiation_failure (the webhook event that tells of it)';
comment on column voxport_raw.payloads.observed_at is 'When this content was last received, by the clock of the database; for a webhook the time of the event, where that is earlier: it may be delivered late';
-- The throughput of the last minutes is counted from here; a block range index costs a load next to nothing.
create index payloads_loaded_at on voxport_raw.payloads using brin (loaded_at);

alter table voxport_ops.webhook_events
  add column digest bytea,
  add column deliveries integer not null default 1,
  add column message text;
comment on column voxport_ops.webhook_events.state is 'landed (its payload is stored), stored (an unknown type: its body is kept), ignored (nothing to do: see message) or failed (it could not be read)';
comment on column voxport_ops.webhook_events.digest is 'SHA-256 of the body as sent, of events that name no conversation or no time: by it they are known again';
comment on column voxport_ops.webhook_events.deliveries is 'How often it was delivered; repetitions change nothing else';
comment on column voxport_ops.webhook_events.message is 'Why it was ignored, or could not be read';
create unique index webhook_events_unnamed on voxport_ops.webhook_events (source_id, type, digest) where digest is not null;
create index webhook_events_conversation on voxport_ops.webhook_events (source_id, conversation_id);
create index webhook_events_received on voxport_ops.webhook_events (received_at);

create table voxport_raw.webhook_bodies (
  event_id    bigint primary key references voxport_ops.webhook_events on delete cascade,
  size_bytes  bigint not null,
  encoding    text not null,
  body        bytea not null
);
alter table voxport_raw.webhook_bodies alter column body set storage external;
comment on table voxport_raw.webhook_bodies is 'One row a webhook event of a type that this version does not know: its body, after redaction';
comment on column voxport_raw.webhook_bodies.event_id is 'The event';
comment on column voxport_raw.webhook_bodies.size_bytes is 'Size of the decoded bytes';
comment on column voxport_raw.webhook_bodies.encoding is 'How body is encoded: zstd or identity';
comment on column voxport_raw.webhook_bodies.body is 'The body, encoded';

-- A recording may come by webhook before its conversation is loaded, and rows of recordings hang on their conversation.
create table voxport_ops.received_recordings (
  source_id        text not null,
  conversation_id  text not null,
  location         text not null,
  content_type     text not null,
  size_bytes       bigint not null,
  sha256           text not null,
  received_at      timestamptz not null default now(),
  primary key (source_id, conversation_id)
);
comment on table voxport_ops.received_recordings is 'Recordings that a webhook brought before their conversation was loaded; they become rows of voxport.recordings when it is';
comment on column voxport_ops.received_recordings.source_id is 'The source';
comment on column voxport_ops.received_recordings.conversation_id is 'The conversation that was recorded';
comment on column voxport_ops.received_recordings.location is 'Where the bytes lie';
comment on column voxport_ops.received_recordings.content_type is 'Media type';
comment on column voxport_ops.received_recordings.size_bytes is 'Size in bytes';
comment on column voxport_ops.received_recordings.sha256 is 'SHA-256 of the bytes, in hexadecimal';
comment on column voxport_ops.received_recordings.received_at is 'When it was received';
create trigger refuse_erased before insert on voxport_ops.received_recordings
  for each row execute function voxport_ops.refuse_erased_conversation();

create function voxport_ops.adopt_received_recording() returns trigger language plpgsql as $$
declare
  received voxport_ops.received_recordings;
begin
  select * into received from voxport_ops.received_recordings r
  where r.source_id = new.source_id and r.conversation_id = new.conversation_id;
  if found then
    new.state := 'stored';
    new.location := received.location;
    new.content_type := received.content_type;
    new.size_bytes := received.size_bytes;
    new.sha256 := received.sha256;
    new.stored_at := received.received_at;
    new.next_attempt_at := null;
  end if;
  return new;
end $$;
comment on function voxport_ops.adopt_received_recording is 'A recording that a webhook brought already is stored, and need not be fetched';
create trigger adopt_received before insert on voxport.recordings
  for each row execute function voxport_ops.adopt_received_recording();

create function voxport_ops.forget_received_recording() returns trigger language plpgsql as $$
begin
  delete from voxport_ops.received_recordings r
  where r.source_id = new.source_id and r.conversation_id = new.conversation_id and r.location = new.location;
  return null;
end $$;
comment on function voxport_ops.forget_received_recording is 'Ends the wait of a recording whose conversation has been loaded';
create trigger forget_received after insert on voxport.recordings
  for each row when (new.state = 'stored') execute function voxport_ops.forget_received_recording();

-- What operators ask for on the page is written here, and planned by a scheduler.
alter table voxport_ops.runs add column to_plan text[], add column request jsonb;
comment on column voxport_ops.runs.to_plan is 'Sources for which a scheduler is still to plan the run; null where whoever began it plans it';
comment on column voxport_ops.runs.request is 'What a scheduler is to plan beyond range and filters: for a retry, which failures';
create index runs_to_plan on voxport_ops.runs (run_id) where to_plan is not null;

create table voxport_ops.samples (
  source_id             text not null references voxport_ops.sources on delete cascade,
  sampled_at            timestamptz not null,
  loaded                bigint not null,
  waiting               bigint not null,
  open_failures         bigint not null,
  lag_secs              double precision,
  newest_call_age_secs  double precision,
  in_flight_limit       integer,
  primary key (source_id, sampled_at)
);
comment on table voxport_ops.samples is 'How the pipeline stood, a row every half minute and source; kept for eight days, for the charts of the operators'' page';
comment on column voxport_ops.samples.source_id is 'The source';
comment on column voxport_ops.samples.sampled_at is 'Start of the half minute';
comment on column voxport_ops.samples.loaded is 'Payloads that the loader was done with in the half minute before';
comment on column voxport_ops.samples.waiting is 'Conversations known but not loaded yet';
comment on column voxport_ops.samples.open_failures is 'Failures that nobody has resolved';
comment on column voxport_ops.samples.lag_secs is 'Seconds since the time up to which every call is listed; null before the first complete sync';
comment on column voxport_ops.samples.newest_call_age_secs is 'Seconds since the newest call loaded';
comment on column voxport_ops.samples.in_flight_limit is 'Requests in flight that the source allowed';
