-- Who plans the runs of a source holds its row for as long: an advisory lock could be held by any reader, and planning would wait for it.
create table voxport_ops.planning_locks (
  source_id text primary key
);
comment on table voxport_ops.planning_locks is 'A row for each source: the scheduler that plans a requested run of the source holds it locked meanwhile';
comment on column voxport_ops.planning_locks.source_id is 'Source; not a reference, because a source may be planned before it is registered';
