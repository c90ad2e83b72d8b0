-- What is missing of the coverage, and what holds it up: for status, the operators' page and whoever asks the database.
create view voxport_ops.missing_coverage as
with wanted as (
  select c.source_id, c.filters, c.listed_until, s.paused_at is not null as is_paused,
         tstzmultirange(tstzrange(c.since, greatest(c.since, date_trunc('second', now())))) - c.listed as missing
  from voxport_ops.source_coverage c join voxport_ops.sources s using (source_id)
), holding as (
  -- Only seconds that were over when a window was planned are covered by it.
  select w.source_id, w.window_id, null as error_class, case when r.state = 'paused' then 'run_paused' else 'listing' end as reason,
         tstzrange(w.range_after, greatest(w.range_after, least(w.range_before, date_trunc('second', w.created_at)))) as range
  from wanted join voxport_ops.windows w using (source_id) join voxport_ops.runs r using (run_id)
  where w.state = 'open' and voxport_ops.covers(w.filters, wanted.filters)
  union all
  select w.source_id, w.window_id, f.error_class, 'failed',
         tstzrange(w.range_after, greatest(w.range_after, least(w.range_before, date_trunc('second', w.created_at))))
  from wanted join voxport_ops.failures f using (source_id) join voxport_ops.windows w using (source_id, window_id)
  where f.stage = 'list' and f.resolved_at is null and w.state = 'failed' and voxport_ops.covers(w.filters, wanted.filters)
), held as (
  select wanted.source_id,
         max(upper(range)) as held_until,
         coalesce(range_agg(range) filter (where reason = 'listing'), '{}') as listing,
         coalesce(range_agg(range) filter (where reason = 'run_paused'), '{}') as run_paused,
         coalesce(range_agg(range) filter (where reason = 'failed'), '{}') as failed
  from wanted left join holding using (source_id)
  group by wanted.source_id
), parts as (
  select source_id, greatest(listed_until, held_until) as newest_at, is_paused, part.reason, range
  from wanted join held using (source_id)
  cross join lateral (values
    ('listing', missing * listing),
    ('run_paused', missing * run_paused - listing),
    ('failed', missing * failed - listing - run_paused),
    ('next_sync', missing - listing - run_paused - failed)
  ) as part (reason, ranges)
  cross join lateral unnest(part.ranges) as range
)
select p.source_id, lower(p.range) as missing_after, upper(p.range) as missing_before,
       case when p.is_paused and p.reason in ('listing', 'next_sync') then 'source_paused' else p.reason end as reason,
       coalesce(lower(p.range) >= p.newest_at, false) as is_newest,
       h.windows, h.window_id, h.error_class
from parts p
cross join lateral (
  select count(*)::int4 as windows, min(h.window_id) as window_id, min(h.error_class) as error_class
  from holding h where h.source_id = p.source_id and h.reason = p.reason and h.range && p.range
) h;
comment on view voxport_ops.missing_coverage is 'One row a range of call starts that the syncs of a source are to list and that has not been listed with their filters, up to now, and why';
comment on column voxport_ops.missing_coverage.source_id is 'The source';
comment on column voxport_ops.missing_coverage.missing_after is 'The first call start that is missing; null from the beginning';
comment on column voxport_ops.missing_coverage.missing_before is 'The first call start that is not';
comment on column voxport_ops.missing_coverage.reason is
  'listing (a window is being listed), run_paused, failed (see the failures), source_paused, or next_sync (no window has it: the next sync plans it)';
comment on column voxport_ops.missing_coverage.is_newest is 'Whether nothing newer has been listed or planned: what came since the last sync';
comment on column voxport_ops.missing_coverage.windows is 'How many windows are listing it, or have failed to';
comment on column voxport_ops.missing_coverage.window_id is 'The first of them';
comment on column voxport_ops.missing_coverage.error_class is 'With what they failed; the first by name where they differ';
