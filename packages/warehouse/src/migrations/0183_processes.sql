-- Who runs the pipeline: a heartbeat for each role of each process, so that a role without a living process is seen at once.
create table voxport_ops.processes (
  process_id text not null,
  role       text not null check (role in ('scheduler', 'worker', 'loader', 'gateway')),
  host       text not null,
  pid        int not null,
  release    text not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  ended_at   timestamptz,
  primary key (process_id, role)
);
comment on table voxport_ops.processes is 'One row per role of a process of the fleet (voxport up has all four), kept for a week after its last heartbeat';
comment on column voxport_ops.processes.process_id is 'Made up when the process starts';
comment on column voxport_ops.processes.role is 'scheduler, worker, loader or gateway';
comment on column voxport_ops.processes.host is 'Name of its machine or container';
comment on column voxport_ops.processes.pid is 'Number of the process there';
comment on column voxport_ops.processes.release is 'The release of Voxport that it runs';
comment on column voxport_ops.processes.started_at is 'When it started';
comment on column voxport_ops.processes.seen_at is 'Its last heartbeat; one comes every five seconds';
comment on column voxport_ops.processes.ended_at is 'When it ended in order; null while it runs, and when it ended without a word';

comment on column voxport_ops.alerts.kind is 'dead_letters, source_paused, freshness, slow_run, fleet_silent, consumption_stuck, verification_gaps, schema_drift, webhook_silent, disk or queue_memory';
