-- Runs are counted as they go, and a listing writes nothing to the rows that have not changed.

create table voxport_ops.run_counts (
  run_id        bigint primary key references voxport_ops.runs on delete cascade,
  counted_xact  xid8 not null default '0',
  listed        bigint not null default 0,
  rechecked     bigint not null default 0,
  fetched       bigint not null default 0,
  loaded        bigint not null default 0,
  unchanged     bigint not null default 0,
  failed        bigint not null default 0,
  gone          bigint not null default 0,
  cancelled     bigint not null default 0,
  pending       bigint not null default 0
) with (fillfactor = 50);
comment on table voxport_ops.run_counts is 'One row a run that has not ended: its counts, without what still stands in run_count_changes';
comment on column voxport_ops.run_counts.run_id is 'The run';
comment on column voxport_ops.run_counts.counted_xact is 'Changes of transactions before this one are counted here';
comment on column voxport_ops.run_counts.listed is 'Conversations listed, see runs.listed; the same holds for the following counts';
comment on column voxport_ops.run_counts.rechecked is 'Conversations that were not listed, but fetched again because a recheck was due';
comment on column voxport_ops.run_counts.fetched is 'Conversations whose detail was fetched';
comment on column voxport_ops.run_counts.loaded is 'Conversations whose rows were written';
comment on column voxport_ops.run_counts.unchanged is 'Conversations that were up to date already, or that another run loaded';
comment on column voxport_ops.run_counts.failed is 'Conversations that stand in the failures; windows are not counted here';
comment on column voxport_ops.run_counts.gone is 'Conversations that were no longer there when their detail was asked for';
comment on column voxport_ops.run_counts.cancelled is 'Conversations that the run no longer waits for, because it was cancelled or they were erased';
comment on column voxport_ops.run_counts.pending is 'Conversations that the run waits for: wanted or landed, and not loaded yet';

-- Inserted beside the change that it counts, in the same transaction; no row is updated, so that nobody waits. Folded into run_counts by the sweep.
create table voxport_ops.run_count_changes (
  run_id        bigint not null,
  xact          xid8 not null default pg_current_xact_id(),
  listed        bigint not null,
  rechecked     bigint not null,
  fetched       bigint not null,
  loaded        bigint not null,
  unchanged     bigint not null,
  failed        bigint not null,
  gone          bigint not null,
  cancelled     bigint not null,
  pending       bigint not null
);
-- By the transaction too: a reader's old snapshot keeps the dead entries, and nobody is to walk over those that are folded.
create index run_count_changes_run on voxport_ops.run_count_changes (run_id, xact);
comment on table voxport_ops.run_count_changes is 'One row a statement and run: by how much it changed the counts of the run, until the sweep adds it to run_counts';
comment on column voxport_ops.run_count_changes.run_id is 'The run';
comment on column voxport_ops.run_count_changes.xact is 'The transaction that made the change';
comment on column voxport_ops.run_count_changes.listed is 'Change of the count of that name in run_counts; the same holds for the following columns';
comment on column voxport_ops.run_count_changes.rechecked is 'See listed';
comment on column voxport_ops.run_count_changes.fetched is 'See listed';
comment on column voxport_ops.run_count_changes.loaded is 'See listed';
comment on column voxport_ops.run_count_changes.unchanged is 'See listed';
comment on column voxport_ops.run_count_changes.failed is 'See listed';
comment on column voxport_ops.run_count_changes.gone is 'See listed';
comment on column voxport_ops.run_count_changes.cancelled is 'See listed';
comment on column voxport_ops.run_count_changes.pending is 'See listed';

-- What a page listed, instead of a note in each of its rows: nothing is counted twice in a run, and nothing is written to what has not changed.
create table voxport_ops.listed_pages (
  window_id          bigint not null references voxport_ops.windows on delete cascade,
  page               integer not null,
  source_id          text not null,
  run_id             bigint not null,
  starts             tstzrange not null,
  wanted_ids         text[] not null,
  unchanged_ids      text[] not null,
  failed_ids         text[] not null,
  listed_at          timestamptz not null default now(),
  recordings_wanted  boolean not null default false,
  primary key (window_id, page)
) with (fillfactor = 90);
alter table voxport_ops.listed_pages
  alter column wanted_ids set storage external, alter column unchanged_ids set storage external, alter column failed_ids set storage external;
create index listed_pages_starts on voxport_ops.listed_pages using gist (starts);
create index listed_pages_recordings on voxport_ops.listed_pages (run_id) where not recordings_wanted;
comment on table voxport_ops.listed_pages is 'One row a listed page: which conversations it brought. Kept until an hour after its run has ended';
comment on column voxport_ops.listed_pages.window_id is 'The window';
comment on column voxport_ops.listed_pages.page is 'Index of the page in the window, from 0';
comment on column voxport_ops.listed_pages.source_id is 'The source';
comment on column voxport_ops.listed_pages.run_id is 'The run that listed it';
comment on column voxport_ops.listed_pages.starts is 'First to last call start on the page';
comment on column voxport_ops.listed_pages.wanted_ids is 'Conversations whose detail the run wanted by then';
comment on column voxport_ops.listed_pages.unchanged_ids is 'Conversations that were up to date, or left to the run that wants them';
comment on column voxport_ops.listed_pages.failed_ids is 'Conversations that stood in the failures, and were not wanted again';
comment on column voxport_ops.listed_pages.listed_at is 'When the page was saved';
comment on column voxport_ops.listed_pages.recordings_wanted is 'Whether the recordings of its conversations have been wanted on behalf of the run';

comment on column voxport_ops.inventory.seen_run_id is 'The run that last listed it as new or changed, or wanted it again';
comment on column voxport_ops.inventory.seen_at is 'When it was last listed as new or changed: listing it unchanged writes nothing';
comment on column voxport_ops.runs.cancelled is 'Conversations that it no longer waited for: when it was cancelled, or because they were erased';

create index inventory_wanted_run on voxport_ops.inventory (wanted_run_id, conversation_id) where state in ('discovered', 'fetched');
create index inventory_also_wanted_by on voxport_ops.inventory using gin (also_wanted_by)
  where state in ('discovered', 'fetched') and also_wanted_by is not null;

-- The runs of a list that have not ended, with one more, without another.
create function voxport_ops.add_open_run(run_ids bigint[], run_id bigint, except_run_id bigint) returns bigint[]
  language sql stable
  return (
    select array_agg(distinct id order by id) from unnest(add_open_run.run_ids || add_open_run.run_id) as id
    where id is distinct from add_open_run.except_run_id
      and (id = add_open_run.run_id or exists (select from voxport_ops.runs r where r.run_id = id and r.state in ('running', 'paused')))
  );
comment on function voxport_ops.add_open_run is 'Runs that have not ended, with one more, without another; null for none';

-- As what a row of the inventory counts for a run that waits for it or waited for it.
create function voxport_ops.share_of_run(
  run_id bigint, state text, wanted_run_id bigint, seen_run_id bigint, origin text, fetched_at timestamptz, load_outcome text
) returns table (listed integer, rechecked integer, fetched integer, loaded integer, unchanged integer, failed integer, gone integer, cancelled integer, pending integer)
  language sql immutable as $$
  select (not how.is_recheck)::integer, how.is_recheck::integer, (how.is_own and fetched_at is not null)::integer, how.is_loaded::integer,
         (state = 'loaded' and not how.is_loaded)::integer, (state = 'failed')::integer, (state = 'gone')::integer, (state = 'cancelled')::integer,
         (state in ('discovered', 'fetched'))::integer
  from (
    select wanted_run_id is not distinct from run_id as is_own,
           wanted_run_id is not distinct from run_id and origin = 'refresh' and seen_run_id is distinct from run_id as is_recheck,
           wanted_run_id is not distinct from run_id and state = 'loaded' and coalesce(load_outcome in ('inserted', 'updated'), false) as is_loaded
  ) how
$$;
comment on function voxport_ops.share_of_run is 'As what a row of the inventory counts for a run that waits for it or waited for it';

-- In the table, and not in the statements: none can forget it.
-- Without nested loops: the plan of a statement that changed one row is kept, and would join a hundred thousand rows one by one.
create function voxport_ops.count_for_runs() returns trigger language plpgsql set enable_nestloop = off as $$
declare
  open_runs constant bigint[] := array(select run_id from voxport_ops.runs where state in ('running', 'paused'));
begin
  if tg_op = 'INSERT' then
    insert into voxport_ops.run_count_changes
    select r.run_id, pg_current_xact_id(), sum(s.listed), sum(s.rechecked), sum(s.fetched), sum(s.loaded), sum(s.unchanged), sum(s.failed), sum(s.gone),
           sum(s.cancelled), sum(s.pending)
    from new_rows n
    cross join lateral (select distinct id as run_id from unnest(array_append(n.also_wanted_by, n.wanted_run_id)) as id where id is not null) r
    cross join lateral voxport_ops.share_of_run(r.run_id, n.state, n.wanted_run_id, n.seen_run_id, n.origin, n.fetched_at, n.load_outcome) s
    where r.run_id = any(open_runs)
    group by r.run_id;
  elsif tg_op = 'UPDATE' then
    insert into voxport_ops.run_count_changes
    with changed as (
      select o.state as o_state, o.wanted_run_id as o_wanted, o.also_wanted_by as o_also, o.seen_run_id as o_seen, o.origin as o_origin,
             o.fetched_at as o_fetched, o.load_outcome as o_outcome,
             n.state, n.wanted_run_id, n.also_wanted_by, n.seen_run_id, n.origin, n.fetched_at, n.load_outcome
      from new_rows n join old_rows o on o.source_id = n.source_id and o.conversation_id = n.conversation_id
      where (o.state, o.wanted_run_id, o.also_wanted_by, o.seen_run_id, o.origin, o.fetched_at, o.load_outcome)
        is distinct from (n.state, n.wanted_run_id, n.also_wanted_by, n.seen_run_id, n.origin, n.fetched_at, n.load_outcome)
    ), shares as (
      select r.run_id, s.*
      from changed c
      cross join lateral (select distinct id as run_id from unnest(array_append(c.also_wanted_by, c.wanted_run_id)) as id where id is not null) r
      cross join lateral voxport_ops.share_of_run(r.run_id, c.state, c.wanted_run_id, c.seen_run_id, c.origin, c.fetched_at, c.load_outcome) s
      union all
      -- A run that is no longer named by the row keeps what it has counted of it, and waits for it no more.
      select r.run_id, -s.listed * stays, -s.rechecked * stays, -s.fetched * stays, -s.loaded * stays,
             case when left_pending = 1 and c.o_state = 'fetched' then 1 else -s.unchanged * stays end,
             -s.failed * stays, -s.gone * stays,
             case when left_pending = 1 and c.o_state = 'discovered' then 1 else -s.cancelled * stays end, -s.pending
      from changed c
      cross join lateral (select distinct id as run_id from unnest(array_append(c.o_also, c.o_wanted)) as id where id is not null) r
      cross join lateral voxport_ops.share_of_run(r.run_id, c.o_state, c.o_wanted, c.o_seen, c.o_origin, c.o_fetched, c.o_outcome) s
      cross join lateral (select coalesce(r.run_id = c.wanted_run_id or r.run_id = any(c.also_wanted_by), r.run_id = c.wanted_run_id, false)::integer as stays) k
      cross join lateral (select s.pending * (1 - stays) as left_pending) l
    )
    select run_id, pg_current_xact_id(), sum(listed), sum(rechecked), sum(fetched), sum(loaded), sum(unchanged), sum(failed), sum(gone), sum(cancelled), sum(pending)
    from shares s
    where s.run_id = any(open_runs)
    group by run_id
    having (sum(listed), sum(rechecked), sum(fetched), sum(loaded), sum(unchanged), sum(failed), sum(gone), sum(cancelled), sum(pending))
      <> (0, 0, 0, 0, 0, 0, 0, 0, 0);
  else
    -- What is removed while a run waits for it has not come; the rest keeps its place in the counts.
    insert into voxport_ops.run_count_changes
    select r.run_id, pg_current_xact_id(), 0, 0, 0, 0, 0, 0, 0, count(*), -count(*)
    from old_rows o
    cross join lateral (select distinct id as run_id from unnest(array_append(o.also_wanted_by, o.wanted_run_id)) as id where id is not null) r
    where o.state in ('discovered', 'fetched')
      and r.run_id = any(open_runs)
    group by r.run_id;
  end if;
  return null;
end $$;
comment on function voxport_ops.count_for_runs is 'Counts what a statement changes in the inventory for the runs that wait for it';

-- What is open at present, counted once as it was counted before.
insert into voxport_ops.run_counts (run_id, listed, rechecked, fetched, loaded, unchanged, failed, gone, cancelled, pending)
select m.run_id, sum(s.listed), sum(s.rechecked), sum(s.fetched), sum(s.loaded), sum(s.unchanged), sum(s.failed), sum(s.gone), sum(s.cancelled), sum(s.pending)
from voxport_ops.inventory i
cross join lateral (select distinct id as run_id from unnest(i.also_wanted_by || i.wanted_run_id || i.seen_run_id) as id where id is not null) m
join voxport_ops.runs r on r.run_id = m.run_id and r.state in ('running', 'paused')
cross join lateral (select coalesce(m.run_id = i.wanted_run_id, false) or coalesce(m.run_id = any(i.also_wanted_by), false) as waits) w
cross join lateral voxport_ops.share_of_run(m.run_id, case when w.waits or i.state = 'failed' then i.state else 'loaded' end,
  case when w.waits then i.wanted_run_id end, i.seen_run_id, i.origin, i.fetched_at, i.load_outcome) s
group by m.run_id;

create trigger count_inserted after insert on voxport_ops.inventory
  referencing new table as new_rows for each statement execute function voxport_ops.count_for_runs();
create trigger count_updated after update on voxport_ops.inventory
  referencing old table as old_rows new table as new_rows for each statement execute function voxport_ops.count_for_runs();
create trigger count_deleted after delete on voxport_ops.inventory
  referencing old table as old_rows for each statement execute function voxport_ops.count_for_runs();
