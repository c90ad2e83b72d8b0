-- What a webhook brought and could not be read is a dead letter like any other, with its bytes; and two bodies of one event are two events.

alter table voxport_ops.webhook_events drop constraint webhook_events_source_id_type_conversation_id_event_at_key;
drop index voxport_ops.webhook_events_unnamed;
-- Events from before this migration that named a conversation and a time have no digest: they stay as they are.
create unique index webhook_events_body on voxport_ops.webhook_events (source_id, type, digest) where digest is not null;
comment on column voxport_ops.webhook_events.digest is 'SHA-256 of the body as sent: by it a repetition is known again. Null for older events that named their conversation and time';
comment on column voxport_ops.webhook_events.state is 'landed (its payload is stored), stored (an unknown type: its body is kept), ignored (nothing to do: see message) or failed (it could not be read: its body is kept, and a failure of stage webhook is open)';
comment on table voxport_raw.webhook_bodies is 'One row per webhook event of a type that this version does not know, or that could not be read: its body, after redaction';

alter table voxport_ops.failures add column event_id bigint references voxport_ops.webhook_events on delete set null;
comment on column voxport_ops.failures.event_id is 'The webhook event that could not be read, see voxport_ops.webhook_events';
comment on column voxport_ops.failures.stage is 'list, fetch, load or webhook';
create index failures_event on voxport_ops.failures (event_id) where event_id is not null;
drop index voxport_ops.failures_open;
create unique index failures_open on voxport_ops.failures
  (source_id, stage, coalesce(conversation_id, ''), coalesce(window_id, 0), coalesce(event_id, 0)) where resolved_at is null;
