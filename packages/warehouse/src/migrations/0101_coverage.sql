-- What has been listed to its end is a stored fact, and no longer inferred from the windows that happen to be left.
create table voxport_ops.coverage (
  source_id   text not null references voxport_ops.sources on delete cascade,
  dialect     text not null,
  filters     jsonb not null,
  listed      tstzmultirange not null default '{}',
  settled     tstzmultirange not null default '{}',
  updated_at  timestamptz not null default now(),
  primary key (source_id, dialect, filters)
) with (fillfactor = 50);
comment on table voxport_ops.coverage is 'One row a source and set of list filters: which call starts have been listed to their end';
comment on column voxport_ops.coverage.source_id is 'The source';
comment on column voxport_ops.coverage.dialect is 'The API that listed it: what another one lists says nothing';
comment on column voxport_ops.coverage.filters is 'The list filters that were sent; what was listed with fewer filters covers what more filters list: see covers()';
comment on column voxport_ops.coverage.listed is 'Every call that started in these ranges, that matches the filters and that the source showed by then, is in the inventory';
comment on column voxport_ops.coverage.settled is 'The part of it that was listed at least a lookback after the calls had started: the syncs do not list it again';
comment on column voxport_ops.coverage.updated_at is 'When it last grew';

create function voxport_ops.covers(listed_filters jsonb, filters jsonb) returns boolean
  language sql immutable parallel safe
  return not exists (
      select from jsonb_each(covers.listed_filters) as f where covers.filters -> f.key is distinct from f.value
    )
    -- The one parameter that brings more, not less, beside others.
    and (covers.listed_filters = '{}'::jsonb
         or covers.listed_filters -> 'include_invalid_tool_calls' is not distinct from covers.filters -> 'include_invalid_tool_calls');
comment on function voxport_ops.covers is 'Whether a list with the first filters brings everything that a list with the second brings: each of the first is among the second, with the same value';

alter table voxport_ops.sources
  add column list_filters jsonb,
  add column list_since timestamptz,
  add column lookback_secs double precision not null default 86400;
update voxport_ops.sources set list_filters = watermark_filters, list_since = watermark_since;
comment on column voxport_ops.sources.list_filters is 'The list filters of its syncs at present; null before the first';
comment on column voxport_ops.sources.list_since is 'The first call start that its syncs list; null from the beginning';
comment on column voxport_ops.sources.lookback_secs is 'For so many seconds after a call has started it may still appear in the list: its syncs list so much again';

-- What the windows prove: each that was listed, with the filters that it was listed with, up to the second in which it was planned. A window whose rest was
-- given to others ended with the second that they begin with. What was cancelled, failed or skipped is in no listed window, and is listed by the next sync.
insert into voxport_ops.coverage (source_id, dialect, filters, listed, settled)
select source_id, dialect, filters,
       coalesce(range_agg(tstzrange(after, before)) filter (where after is null or after < before), '{}'),
       coalesce(range_agg(tstzrange(after, settled)) filter (where after is null or after < settled), '{}')
from (
  select w.source_id, s.dialect, w.filters, date_trunc('second', least(w.range_before, w.created_at)) as before,
         date_trunc('second', least(w.range_before, w.created_at - s.lookback_secs * interval '1 second')) as settled,
         w.range_after + case when exists (select from voxport_ops.windows part where part.split_from = w.window_id)
           then interval '1 second' else interval '0' end as after
  from voxport_ops.windows w join voxport_ops.sources s using (source_id)
  where w.state = 'listed'
) proven
group by source_id, dialect, filters;

create view voxport_ops.source_coverage as
select s.source_id, coalesce(s.list_filters, '{}') as filters, s.list_since as since, c.listed,
       (select upper(r) from unnest(c.listed) as r where r @> coalesce(s.list_since, '-infinity')) as complete_until,
       (select max(upper(r)) from unnest(c.listed) as r) as listed_until,
       tstzmultirange(tstzrange(wanted.since, greatest(wanted.since, coalesce((select max(upper(r)) from unnest(c.listed) as r), now())))) - c.listed as missing
from voxport_ops.sources s
cross join lateral (select case when s.list_since > now() then now() else s.list_since end) as wanted (since)
cross join lateral (
  select coalesce(range_agg(r), '{}') as listed
  from voxport_ops.coverage c, unnest(c.listed) as r
  where c.source_id = s.source_id and c.dialect = s.dialect and voxport_ops.covers(c.filters, coalesce(s.list_filters, '{}'))
) c;
comment on view voxport_ops.source_coverage is 'One row a source: how far it is listed with the filters of its syncs';
comment on column voxport_ops.source_coverage.source_id is 'The source';
comment on column voxport_ops.source_coverage.filters is 'The list filters of its syncs';
comment on column voxport_ops.source_coverage.since is 'The first call start that its syncs list; null from the beginning';
comment on column voxport_ops.source_coverage.listed is 'Call starts that have been listed to their end with these filters, or with fewer';
comment on column voxport_ops.source_coverage.complete_until is 'The watermark: every call that started before this time has been listed; null while the beginning has not';
comment on column voxport_ops.source_coverage.listed_until is 'The newest call start that has been listed';
comment on column voxport_ops.source_coverage.missing is 'What of the wanted call starts before listed_until has not been listed: the next sync lists it';

create or replace view voxport.pipeline_freshness as
select s.source_id,
       newest.started_at as newest_call_at,
       extract(epoch from now() - newest.started_at)::double precision as newest_call_age_secs,
       changed.exported_at as last_exported_at,
       covered.complete_until,
       extract(epoch from now() - covered.complete_until)::double precision as lag_secs,
       waiting.conversations as waiting_conversations,
       open.failures as open_failures,
       open.oldest_at as oldest_open_failure_at,
       s.paused_at,
       s.paused_reason
from voxport_ops.sources s
join voxport_ops.source_coverage covered using (source_id)
left join lateral (
  select started_at from voxport.conversations c
  where c.source_id = s.source_id and started_at is not null order by started_at desc limit 1
) newest on true
left join lateral (
  select exported_at from voxport.conversations c where c.source_id = s.source_id order by exported_at desc limit 1
) changed on true
left join lateral (
  select count(*) as conversations from voxport_ops.inventory i
  where i.source_id = s.source_id and i.state in ('discovered', 'fetched')
) waiting on true
left join lateral (
  select count(*) as failures, min(first_failed_at) as oldest_at from voxport_ops.failures f
  where f.source_id = s.source_id and f.resolved_at is null
) open on true;

alter table voxport_ops.sources drop column watermark_at, drop column watermark_filters, drop column watermark_since;
alter table voxport_ops.windows drop column moves_watermark;
create index windows_unlisted on voxport_ops.windows (source_id, state) where state in ('failed', 'cancelled');
comment on column voxport_ops.windows.run_id is 'The run that it was planned for; a retry takes over a window that failed';
comment on column voxport_ops.windows.lane is 'live (what is new), refresh or backfill (history): the order in which requests are spent';
comment on column voxport_ops.runs.cancelled_at is 'When an operator cancelled it; null where it ended by itself, or, before version 0.2, because a later sync took it over';
