-- What the inventory holds is counted as it goes, by the day of the call start: no page, metric or status counts conversations any more.

create table voxport_ops.inventory_days (
  source_id      text not null,
  day            date not null,
  discovered     bigint not null default 0,
  fetched        bigint not null default 0,
  loaded         bigint not null default 0,
  failed         bigint not null default 0,
  gone           bigint not null default 0,
  cancelled      bigint not null default 0,
  never_loaded   bigint not null default 0,
  primary key (source_id, day)
) with (fillfactor = 50);
comment on table voxport_ops.inventory_days is 'One row a source and day of call starts: how many conversations of the inventory stand how, without what still stands in inventory_count_changes';
comment on column voxport_ops.inventory_days.source_id is 'The source';
comment on column voxport_ops.inventory_days.day is 'The day of the call starts, UTC';
comment on column voxport_ops.inventory_days.discovered is 'Conversations whose detail is wanted, see inventory.state; the same holds for the following counts';
comment on column voxport_ops.inventory_days.fetched is 'Conversations whose payload waits for the loader';
comment on column voxport_ops.inventory_days.loaded is 'Conversations whose rows are written';
comment on column voxport_ops.inventory_days.failed is 'Conversations that stand in the failures';
comment on column voxport_ops.inventory_days.gone is 'Conversations that are gone at the source, or erased';
comment on column voxport_ops.inventory_days.cancelled is 'Conversations that no run wants any more';
comment on column voxport_ops.inventory_days.never_loaded is 'Of those that are discovered or fetched: the ones that no load has ended yet. The others are rechecks';

create table voxport_ops.loaded_versions (
  source_id        text not null,
  mapping_version  integer not null,
  conversations    bigint not null default 0,
  primary key (source_id, mapping_version)
) with (fillfactor = 50);
comment on table voxport_ops.loaded_versions is 'One row a source and version of the row mapping: how many conversations have rows of it, without what still stands in loaded_count_changes';
comment on column voxport_ops.loaded_versions.source_id is 'The source';
comment on column voxport_ops.loaded_versions.mapping_version is 'The older one of the versions that read the conversation and its transcript, see loaded_conversations';
comment on column voxport_ops.loaded_versions.conversations is 'Conversations with rows of it';

-- Inserted beside the change that it counts, in the same transaction, as run_count_changes are: nobody waits. Folded by the sweep.
create table voxport_ops.inventory_count_changes (
  source_id      text not null,
  day            date not null,
  xact           xid8 not null default pg_current_xact_id(),
  discovered     bigint not null,
  fetched        bigint not null,
  loaded         bigint not null,
  failed         bigint not null,
  gone           bigint not null,
  cancelled      bigint not null,
  never_loaded   bigint not null
);
create index inventory_count_changes_source on voxport_ops.inventory_count_changes (source_id, xact);
comment on table voxport_ops.inventory_count_changes is 'One row a statement, source and day: by how much it changed the counts of the inventory, until the sweep adds it to inventory_days';
comment on column voxport_ops.inventory_count_changes.source_id is 'The source';
comment on column voxport_ops.inventory_count_changes.day is 'The day of the call starts, UTC';
comment on column voxport_ops.inventory_count_changes.xact is 'The transaction that made the change';
comment on column voxport_ops.inventory_count_changes.discovered is 'Change of the count of that name in inventory_days; the same holds for the following columns';
comment on column voxport_ops.inventory_count_changes.fetched is 'See discovered';
comment on column voxport_ops.inventory_count_changes.loaded is 'See discovered';
comment on column voxport_ops.inventory_count_changes.failed is 'See discovered';
comment on column voxport_ops.inventory_count_changes.gone is 'See discovered';
comment on column voxport_ops.inventory_count_changes.cancelled is 'See discovered';
comment on column voxport_ops.inventory_count_changes.never_loaded is 'See discovered';

create table voxport_ops.loaded_count_changes (
  source_id        text not null,
  mapping_version  integer not null,
  xact             xid8 not null default pg_current_xact_id(),
  conversations    bigint not null
);
create index loaded_count_changes_source on voxport_ops.loaded_count_changes (source_id, xact);
comment on table voxport_ops.loaded_count_changes is 'One row a statement, source and version of the row mapping: by how much it changed the count, until the sweep adds it to loaded_versions';
comment on column voxport_ops.loaded_count_changes.source_id is 'The source';
comment on column voxport_ops.loaded_count_changes.mapping_version is 'See loaded_versions';
comment on column voxport_ops.loaded_count_changes.xact is 'The transaction that made the change';
comment on column voxport_ops.loaded_count_changes.conversations is 'By how many conversations';

create table voxport_ops.counted_positions (
  source_id      text primary key,
  counted_xact   xid8 not null default '0'
) with (fillfactor = 50);
comment on table voxport_ops.counted_positions is 'One row a source: up to where the changes of its counts have been folded. Whoever folds or counts anew holds it';
comment on column voxport_ops.counted_positions.source_id is 'The source';
comment on column voxport_ops.counted_positions.counted_xact is 'Changes of transactions before this one are folded';

create function voxport_ops.counted_from(source_id text) returns xid8
  language sql stable strict
  -- A dump that was restored into another cluster brings positions that lie in the future there.
  return coalesce((
    select p.counted_xact from voxport_ops.counted_positions p
    where p.source_id = counted_from.source_id and p.counted_xact <= pg_snapshot_xmax(pg_current_snapshot())
  ), '0'::xid8);
comment on function voxport_ops.counted_from is 'The first transaction whose changes of the counts of a source may not be folded yet';

create function voxport_ops.share_of_day(state text, loaded_at timestamptz)
  returns table (discovered integer, fetched integer, loaded integer, failed integer, gone integer, cancelled integer, never_loaded integer)
  language sql immutable as $$
  select (state = 'discovered')::integer, (state = 'fetched')::integer, (state = 'loaded')::integer, (state = 'failed')::integer, (state = 'gone')::integer,
         (state = 'cancelled')::integer, (state in ('discovered', 'fetched') and loaded_at is null)::integer
$$;
comment on function voxport_ops.share_of_day is 'As what a row of the inventory counts in its day';

-- In the table, and not in the statements: none can forget it.
create function voxport_ops.count_inventory() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into voxport_ops.inventory_count_changes
    select source_id, (started_at at time zone 'UTC')::date, pg_current_xact_id(), sum(s.discovered), sum(s.fetched), sum(s.loaded), sum(s.failed), sum(s.gone), sum(s.cancelled), sum(s.never_loaded)
    from new_rows r cross join lateral voxport_ops.share_of_day(r.state, r.loaded_at) s group by 1, 2;
  elsif tg_op = 'UPDATE' then
    insert into voxport_ops.inventory_count_changes
    select source_id, (started_at at time zone 'UTC')::date, pg_current_xact_id(), sum(n * s.discovered), sum(n * s.fetched), sum(n * s.loaded), sum(n * s.failed), sum(n * s.gone), sum(n * s.cancelled), sum(n * s.never_loaded)
    from (
      select source_id, started_at, state, loaded_at, 1 as n from new_rows union all select source_id, started_at, state, loaded_at, -1 from old_rows
    ) r cross join lateral voxport_ops.share_of_day(r.state, r.loaded_at) s
    group by 1, 2 having (sum(n * s.discovered), sum(n * s.fetched), sum(n * s.loaded), sum(n * s.failed), sum(n * s.gone), sum(n * s.cancelled), sum(n * s.never_loaded)) <> (0, 0, 0, 0, 0, 0, 0);
  elsif tg_op = 'DELETE' then
    insert into voxport_ops.inventory_count_changes
    select source_id, (started_at at time zone 'UTC')::date, pg_current_xact_id(), sum(-s.discovered), sum(-s.fetched), sum(-s.loaded), sum(-s.failed), sum(-s.gone), sum(-s.cancelled), sum(-s.never_loaded)
    from old_rows r cross join lateral voxport_ops.share_of_day(r.state, r.loaded_at) s group by 1, 2;
  else
    delete from voxport_ops.inventory_count_changes;
    delete from voxport_ops.inventory_days;
  end if;
  return null;
end $$;
comment on function voxport_ops.count_inventory is 'Counts what a statement changes in the inventory, by source and day';

create function voxport_ops.count_loaded() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into voxport_ops.loaded_count_changes
    select source_id, least(mapping_version, transcript_mapping_version) as oldest, pg_current_xact_id(), count(*)
    from new_rows where mapping_version is not null group by 1, 2;
  elsif tg_op = 'UPDATE' then
    insert into voxport_ops.loaded_count_changes
    select source_id, least(mapping_version, transcript_mapping_version) as oldest, pg_current_xact_id(), sum(n)
    from (
      select source_id, mapping_version, transcript_mapping_version, 1 as n from new_rows
      union all select source_id, mapping_version, transcript_mapping_version, -1 from old_rows
    ) r
    where mapping_version is not null group by 1, 2 having sum(n) <> 0;
  elsif tg_op = 'DELETE' then
    insert into voxport_ops.loaded_count_changes
    select source_id, least(mapping_version, transcript_mapping_version) as oldest, pg_current_xact_id(), -count(*)
    from old_rows where mapping_version is not null group by 1, 2;
  else
    delete from voxport_ops.loaded_count_changes;
    delete from voxport_ops.loaded_versions;
  end if;
  return null;
end $$;
comment on function voxport_ops.count_loaded is 'Counts what a statement changes in loaded_conversations, by source and version of the row mapping';

create trigger count_days_inserted after insert on voxport_ops.inventory
  referencing new table as new_rows for each statement execute function voxport_ops.count_inventory();
create trigger count_days_updated after update on voxport_ops.inventory
  referencing old table as old_rows new table as new_rows for each statement execute function voxport_ops.count_inventory();
create trigger count_days_deleted after delete on voxport_ops.inventory
  referencing old table as old_rows for each statement execute function voxport_ops.count_inventory();
create trigger count_days_truncated after truncate on voxport_ops.inventory
  for each statement execute function voxport_ops.count_inventory();
create trigger count_inserted after insert on voxport_ops.loaded_conversations
  referencing new table as new_rows for each statement execute function voxport_ops.count_loaded();
create trigger count_updated after update on voxport_ops.loaded_conversations
  referencing old table as old_rows new table as new_rows for each statement execute function voxport_ops.count_loaded();
create trigger count_deleted after delete on voxport_ops.loaded_conversations
  referencing old table as old_rows for each statement execute function voxport_ops.count_loaded();
create trigger count_truncated after truncate on voxport_ops.loaded_conversations
  for each statement execute function voxport_ops.count_loaded();

-- Counts a source anew and enters by how much its counts were wrong, as one more change: nobody waits but who folds at that moment.
create function voxport_ops.count_anew(source_id text) returns bigint language plpgsql as $$
declare
  wrong bigint;
begin
  insert into voxport_ops.counted_positions as p (source_id) values (count_anew.source_id) on conflict on constraint counted_positions_pkey do nothing;
  perform from voxport_ops.counted_positions p where p.source_id = count_anew.source_id for update;
  with days as (
    select day, sum(discovered) as discovered, sum(fetched) as fetched, sum(loaded) as loaded, sum(failed) as failed, sum(gone) as gone, sum(cancelled) as cancelled, sum(never_loaded) as never_loaded
    from (
      select (started_at at time zone 'UTC')::date as day, s.*
      from voxport_ops.inventory i cross join lateral voxport_ops.share_of_day(i.state, i.loaded_at) s where i.source_id = count_anew.source_id
      union all
      select day, -discovered, -fetched, -loaded, -failed, -gone, -cancelled, -never_loaded from voxport_ops.inventory_days d where d.source_id = count_anew.source_id
      union all
      select day, -discovered, -fetched, -loaded, -failed, -gone, -cancelled, -never_loaded from voxport_ops.inventory_count_changes c
      where c.source_id = count_anew.source_id and c.xact >= voxport_ops.counted_from(count_anew.source_id)
    ) counted
    group by day having (sum(discovered), sum(fetched), sum(loaded), sum(failed), sum(gone), sum(cancelled), sum(never_loaded)) <> (0, 0, 0, 0, 0, 0, 0)
  ), corrected as (
    insert into voxport_ops.inventory_count_changes select count_anew.source_id, day, pg_current_xact_id(), discovered, fetched, loaded, failed, gone, cancelled, never_loaded from days returning 1
  ), versions as (
    select mapping_version, sum(n) as n
    from (
      select least(mapping_version, transcript_mapping_version) as mapping_version, 1 as n
      from voxport_ops.loaded_conversations l where l.source_id = count_anew.source_id and mapping_version is not null
      union all
      select mapping_version, -conversations from voxport_ops.loaded_versions v where v.source_id = count_anew.source_id
      union all
      select mapping_version, -conversations from voxport_ops.loaded_count_changes c
      where c.source_id = count_anew.source_id and c.xact >= voxport_ops.counted_from(count_anew.source_id)
    ) counted
    group by mapping_version having sum(n) <> 0
  ), corrected_versions as (
    insert into voxport_ops.loaded_count_changes select count_anew.source_id, mapping_version, pg_current_xact_id(), n from versions returning 1
  )
  select (select count(*) from corrected) + (select count(*) from corrected_versions) into wrong;
  return wrong;
end $$;
comment on function voxport_ops.count_anew is 'Counts the conversations of a source anew and corrects its counts; returns how many of its days and mapping versions were counted wrong';

do $$ begin perform voxport_ops.count_anew(source_id) from voxport_ops.sources; end $$;

-- What is folded and what was counted since, by one statement: nothing is missed or counted twice while it is folded.
create view voxport_ops.source_counts as
select s.source_id, counted.*
from voxport_ops.sources s
-- Not by counted_from(): a function in a view reads with the rights of the reader.
cross join lateral (
  select coalesce((
    select p.counted_xact from voxport_ops.counted_positions p
    where p.source_id = s.source_id and p.counted_xact <= pg_snapshot_xmax(pg_current_snapshot())
  ), '0'::xid8) as xact
  offset 0
) folded
cross join lateral (
  select coalesce(sum(discovered), 0)::bigint as discovered, coalesce(sum(fetched), 0)::bigint as fetched, coalesce(sum(loaded), 0)::bigint as loaded, coalesce(sum(failed), 0)::bigint as failed, coalesce(sum(gone), 0)::bigint as gone, coalesce(sum(cancelled), 0)::bigint as cancelled, coalesce(sum(never_loaded), 0)::bigint as never_loaded
  from (
    select discovered, fetched, loaded, failed, gone, cancelled, never_loaded from voxport_ops.inventory_days d where d.source_id = s.source_id
    union all
    select discovered, fetched, loaded, failed, gone, cancelled, never_loaded from voxport_ops.inventory_count_changes c where c.source_id = s.source_id and c.xact >= folded.xact
  ) both_of
) counted;
comment on view voxport_ops.source_counts is 'One row a source: how many conversations of its inventory stand how, as of now';
comment on column voxport_ops.source_counts.source_id is 'The source';
comment on column voxport_ops.source_counts.discovered is 'See inventory_days';
comment on column voxport_ops.source_counts.fetched is 'See inventory_days';
comment on column voxport_ops.source_counts.loaded is 'See inventory_days';
comment on column voxport_ops.source_counts.failed is 'See inventory_days';
comment on column voxport_ops.source_counts.gone is 'See inventory_days';
comment on column voxport_ops.source_counts.cancelled is 'See inventory_days';
comment on column voxport_ops.source_counts.never_loaded is 'See inventory_days';

-- The newest of one source, whatever the others hold.
create index conversations_source_started_at on voxport.conversations (source_id, started_at);
create index conversations_source_exported_at on voxport.conversations (source_id, exported_at);

create or replace view voxport.pipeline_freshness as
select s.source_id,
       newest.started_at as newest_call_at,
       extract(epoch from now() - newest.started_at)::double precision as newest_call_age_secs,
       changed.exported_at as last_exported_at,
       covered.complete_until,
       extract(epoch from now() - covered.complete_until)::double precision as lag_secs,
       counts.discovered + counts.fetched as waiting_conversations,
       open.failures as open_failures,
       open.oldest_at as oldest_open_failure_at,
       s.paused_at,
       s.paused_reason
from voxport_ops.sources s
join voxport_ops.source_coverage covered using (source_id)
join voxport_ops.source_counts counts using (source_id)
left join lateral (
  select started_at from voxport.conversations c
  where c.source_id = s.source_id and started_at is not null order by started_at desc limit 1
) newest on true
left join lateral (
  select exported_at from voxport.conversations c where c.source_id = s.source_id order by exported_at desc limit 1
) changed on true
left join lateral (
  select count(*) as failures, min(first_failed_at) as oldest_at from voxport_ops.failures f
  where f.source_id = s.source_id and f.resolved_at is null
) open on true;
