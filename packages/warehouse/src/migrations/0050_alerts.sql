-- Alerts that the pipeline sends by itself: what is open, what is still to be delivered, and the signs of consumption that they are drawn from.

create table voxport_ops.alerts (
  alert_id      bigint generated always as identity primary key,
  fingerprint   text not null,
  kind          text not null,
  severity      text not null,
  source_id     text,
  title         text not null,
  detail        text not null,
  mend          text not null,
  command       text not null,
  count         bigint,
  revision      text not null default '',
  since         timestamptz not null,
  opened_at     timestamptz not null,
  seen_at       timestamptz not null,
  absent_since  timestamptz,
  noticed_at    timestamptz not null,
  noticed_revision text not null default '',
  notices       integer not null default 1,
  resolved_at   timestamptz
);
create unique index alerts_open on voxport_ops.alerts (fingerprint) where resolved_at is null;
create index alerts_resolved on voxport_ops.alerts (resolved_at) where resolved_at is not null;
comment on table voxport_ops.alerts is 'One row an alert: a condition that holds, or held, from its first notice to its recovery';
comment on column voxport_ops.alerts.alert_id is 'Number of the alert';
comment on column voxport_ops.alerts.fingerprint is 'What makes two conditions the same: at most one alert of a fingerprint is open';
comment on column voxport_ops.alerts.kind is 'dead_letters, source_paused, freshness, slow_run, consumption_stuck, verification_gaps, schema_drift, webhook_silent, disk or queue_memory';
comment on column voxport_ops.alerts.severity is 'info, warning or critical';
comment on column voxport_ops.alerts.source_id is 'The source it is about; null for the whole pipeline';
comment on column voxport_ops.alerts.title is 'What happened, in a line';
comment on column voxport_ops.alerts.detail is 'What is known about it';
comment on column voxport_ops.alerts.mend is 'What to do, in a sentence';
comment on column voxport_ops.alerts.command is 'The command that mends it, or that shows what to mend';
comment on column voxport_ops.alerts.count is 'How many; null where there is nothing to count';
comment on column voxport_ops.alerts.revision is 'Changes when the condition has become another one that is worth a notice, e.g. ten times as many';
comment on column voxport_ops.alerts.since is 'Since when the condition holds';
comment on column voxport_ops.alerts.opened_at is 'When it was first noticed';
comment on column voxport_ops.alerts.seen_at is 'When the condition was last met';
comment on column voxport_ops.alerts.absent_since is 'Since when the condition has not been met; null while it is. It recovers when that lasts';
comment on column voxport_ops.alerts.noticed_at is 'When receivers were last told';
comment on column voxport_ops.alerts.noticed_revision is 'The revision that they were last told of';
comment on column voxport_ops.alerts.notices is 'How often they were told';
comment on column voxport_ops.alerts.resolved_at is 'When it recovered; null while it is open';

create table voxport_ops.alert_deliveries (
  delivery_id      bigint generated always as identity primary key,
  idempotency_key  uuid not null default gen_random_uuid(),
  receiver         text not null,
  alert_id         bigint references voxport_ops.alerts on delete cascade,
  event            text not null,
  severity         text not null,
  notice           jsonb not null,
  state            text not null default 'pending',
  digest_id        bigint references voxport_ops.alert_deliveries on delete cascade,
  created_at       timestamptz not null,
  due_at           timestamptz not null,
  claimed_until    timestamptz,
  attempts         integer not null default 0,
  last_error       text,
  sent_at          timestamptz
);
create index alert_deliveries_pending on voxport_ops.alert_deliveries (receiver, delivery_id) where state in ('pending', 'held');
create index alert_deliveries_alert on voxport_ops.alert_deliveries (alert_id);
create index alert_deliveries_digest on voxport_ops.alert_deliveries (digest_id) where digest_id is not null;
comment on table voxport_ops.alert_deliveries is 'One row a notice and receiver: written in the transaction that changes the alert, kept until the receiver has taken it';
comment on column voxport_ops.alert_deliveries.delivery_id is 'Number of the delivery';
comment on column voxport_ops.alert_deliveries.idempotency_key is 'The same for every attempt: by it a receiver knows what it has had already';
comment on column voxport_ops.alert_deliveries.receiver is 'The configured name of the receiver; its URL is a secret and is not stored';
comment on column voxport_ops.alert_deliveries.alert_id is 'The alert; null for a digest';
comment on column voxport_ops.alert_deliveries.event is 'opened, changed, reminder, recovered or digest';
comment on column voxport_ops.alert_deliveries.severity is 'Severity at that moment';
comment on column voxport_ops.alert_deliveries.notice is 'What is told, as it was at that moment';
comment on column voxport_ops.alert_deliveries.state is 'pending, held (quiet hours), folded (told by a digest), sent, or expired (not taken for a week)';
comment on column voxport_ops.alert_deliveries.digest_id is 'The digest that tells it';
comment on column voxport_ops.alert_deliveries.created_at is 'When it was written';
comment on column voxport_ops.alert_deliveries.due_at is 'When it is tried next';
comment on column voxport_ops.alert_deliveries.claimed_until is 'Until then the process that has taken it up may try; after it, any other';
comment on column voxport_ops.alert_deliveries.attempts is 'How often it was tried';
comment on column voxport_ops.alert_deliveries.last_error is 'What came of the last attempt that failed';
comment on column voxport_ops.alert_deliveries.sent_at is 'When the receiver took it';

create table voxport_ops.alert_state (
  only_row      boolean primary key default true check (only_row),
  evaluated_at  timestamptz,
  heartbeat_at  timestamptz
);
insert into voxport_ops.alert_state default values;
comment on table voxport_ops.alert_state is 'One row: what all schedulers share about their evaluations';
comment on column voxport_ops.alert_state.only_row is 'There is one row';
comment on column voxport_ops.alert_state.evaluated_at is 'When the conditions were last looked at, by whichever scheduler';
comment on column voxport_ops.alert_state.heartbeat_at is 'When the dead man''s switch was last called, or is being called';

create table voxport_ops.api_minutes (
  source_id  text not null references voxport_ops.sources on delete cascade,
  minute     timestamptz not null,
  requests   bigint not null default 0,
  refused    bigint not null default 0,
  primary key (source_id, minute)
);
comment on table voxport_ops.api_minutes is 'Requests to a source''s API by minute, of all workers; kept for a week';
comment on column voxport_ops.api_minutes.source_id is 'The source';
comment on column voxport_ops.api_minutes.minute is 'Begin of the minute';
comment on column voxport_ops.api_minutes.requests is 'Requests that came to an end, well or not';
comment on column voxport_ops.api_minutes.refused is 'Of these, refused with 429';

-- Freshness asks for the oldest wish of the live lane: without an index, that walks over every wish of a backfill.
create index inventory_live on voxport_ops.inventory (source_id, wanted_at) where lane = 'live' and state in ('discovered', 'fetched');

alter table voxport_ops.workers add column consumed_at timestamptz;
comment on column voxport_ops.workers.consumed_at is 'When it last took up or ended a job; null when it has not yet';

alter table voxport_ops.sources
  add column swept_at timestamptz,
  add column waiting_since timestamptz,
  add column consumed_at timestamptz;
comment on column voxport_ops.sources.swept_at is 'When a sweep last went through, by way of the queue: planning is being consumed';
comment on column voxport_ops.sources.waiting_since is 'Since when every look at the fetch queue has found jobs that wait; null when the last one found none';
comment on column voxport_ops.sources.consumed_at is 'When a worker that has gone since last took up or ended a job; of those that live, see workers';
