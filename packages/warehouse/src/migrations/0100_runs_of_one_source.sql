-- A run belongs to one source: a source that is removed from the configuration, paused or interrupted holds up no other.
alter table voxport_ops.runs add column source_id text;
update voxport_ops.runs set source_id = source_ids[1];

-- A run of several sources that has not ended becomes one run a source. One that has ended keeps its counts, which nobody can divide any more.
create temporary table run_parts on commit drop as
select r.run_id, s.source_id, nextval(pg_get_serial_sequence('voxport_ops.runs', 'run_id')) as part_id
from voxport_ops.runs r, unnest(r.source_ids[2:]) as s (source_id)
where r.state in ('running', 'paused');

insert into voxport_ops.runs
  (run_id, kind, state, source_id, source_ids, range_after, range_before, filters, started_at, paused_at, resumed_at, paused_ms, to_plan, request)
  overriding system value
select p.part_id, r.kind, r.state, p.source_id, array[p.source_id], r.range_after, r.range_before, r.filters, r.started_at, r.paused_at, r.resumed_at,
       r.paused_ms, r.to_plan, r.request
from run_parts p join voxport_ops.runs r using (run_id);

update voxport_ops.windows w set run_id = p.part_id
from run_parts p where w.run_id = p.run_id and w.source_id = p.source_id;
update voxport_ops.failures f set run_id = p.part_id
from run_parts p where f.run_id = p.run_id and f.source_id = p.source_id;
update voxport.recordings r set wanted_run_id = p.part_id
from run_parts p where r.wanted_run_id = p.run_id and r.source_id = p.source_id;
update voxport_ops.inventory i set wanted_run_id = p.part_id
from run_parts p where i.wanted_run_id = p.run_id and i.source_id = p.source_id;
update voxport_ops.inventory i set seen_run_id = p.part_id
from run_parts p where i.seen_run_id = p.run_id and i.source_id = p.source_id;
update voxport_ops.inventory i set also_wanted_by = voxport_ops.add_run(i.also_wanted_by, p.part_id, p.run_id)
from run_parts p where p.run_id = any(i.also_wanted_by) and i.source_id = p.source_id;

update voxport_ops.runs
set source_ids = array[source_id], to_plan = case when source_id = any(to_plan) then array[source_id] end
where state in ('running', 'paused');

alter table voxport_ops.runs alter column source_id set not null;
create index runs_source on voxport_ops.runs (source_id, run_id);
comment on table voxport_ops.runs is 'One row a run of one source: a sync, a backfill, a retry of failures, or the healing of what a verification found';
comment on column voxport_ops.runs.source_id is 'The source it belongs to';
comment on column voxport_ops.runs.source_ids is 'The same as source_id, as a list; a run that ended before version 0.2 may have had several. Goes with the next release';
comment on column voxport_ops.runs.kind is 'sync, backfill, retry or heal';
