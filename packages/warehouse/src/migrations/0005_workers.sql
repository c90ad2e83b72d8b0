-- Who works for a source at present: the workers share its requests in flight.
create table voxport_ops.workers (
  source_id  text not null references voxport_ops.sources on delete cascade,
  worker_id  text not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  primary key (source_id, worker_id)
);
comment on table voxport_ops.workers is 'One row a worker process and source: the live ones share the requests in flight that the source allows';
comment on column voxport_ops.workers.source_id is 'The source it works for';
comment on column voxport_ops.workers.worker_id is 'Random name of the process';
comment on column voxport_ops.workers.started_at is 'When it began to work';
comment on column voxport_ops.workers.seen_at is 'Its last sign of life';
