-- Runs that operators pause, resume and cancel, and that somebody works on or nobody does.

alter table voxport_ops.runs
  add column paused_at timestamptz,
  add column resumed_at timestamptz,
  add column paused_ms bigint not null default 0,
  add column cancelled_at timestamptz,
  add column cancelled bigint;
comment on column voxport_ops.runs.paused_at is 'Since when it is paused; null while it is not';
comment on column voxport_ops.runs.resumed_at is 'When it was last resumed';
comment on column voxport_ops.runs.paused_ms is 'Milliseconds that it was paused for, the present pause left out';
comment on column voxport_ops.runs.cancelled_at is 'When an operator cancelled it; null where it ended by itself, or as cancelled because a later sync took it over';
comment on column voxport_ops.runs.cancelled is 'Conversations that it had listed, and that nobody wanted any more when it was cancelled';
create index runs_open on voxport_ops.runs (run_id) where state in ('running', 'paused');
create index runs_cancelled on voxport_ops.runs (cancelled_at) where cancelled_at is not null;

comment on column voxport_ops.inventory.state is 'discovered (detail wanted), fetched (payload landed), loaded, failed (see failures), gone (404 at the source) or cancelled (no run wants the detail any more; whoever lists it next does)';

-- One column of runs is not enough where several list the same conversation while its detail is wanted: what one of them gives up, the others still want.
alter table voxport_ops.inventory add column also_wanted_by bigint[];
comment on column voxport_ops.inventory.also_wanted_by is 'Runs beside wanted_run_id that listed it while its detail was wanted, and so wait for it too; null for none';

create function voxport_ops.add_run(run_ids bigint[], run_id bigint, except_run_id bigint) returns bigint[]
  language sql immutable parallel safe
  return (
    select array_agg(distinct id order by id) from unnest(add_run.run_ids || add_run.run_id) as id
    where id is not null and id is distinct from add_run.except_run_id
  );
comment on function voxport_ops.add_run is 'Runs with one more, without another; null for none';

alter table voxport_ops.workers
  add column role text not null default 'fleet',
  add column run_id bigint,
  add column in_flight integer,
  add column requests bigint not null default 0,
  add column refused bigint not null default 0;
comment on column voxport_ops.workers.role is 'fleet (works for every run until it is told to stop), command (works until its own run has ended) or lister (lists, and works for no run)';
comment on column voxport_ops.workers.run_id is 'The run that a command works for';
comment on column voxport_ops.workers.in_flight is 'Requests that it has in flight; null where it does not say';
comment on column voxport_ops.workers.requests is 'Requests that it has sent since it started';
comment on column voxport_ops.workers.refused is 'Of these, refused with 429';
