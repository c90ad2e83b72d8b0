-- The loader's claim: its cost is that of what waits, not of what has passed while some reader holds an old snapshot.
-- Such a snapshot (a BI tool's, a backup's) keeps the dead entries of an index. The claim walked over all of them: from 0.2 to 95 ms after 200,000 payloads.
-- So what lands is put in the order of its transaction, and each source has a position before which nothing waits or can still come to wait.

alter table voxport_raw.payloads add column landed_xact xid8;
-- A default of its own, so that the table is not rewritten.
alter table voxport_raw.payloads alter column landed_xact set default pg_current_xact_id();
comment on column voxport_raw.payloads.landed_xact is 'The transaction that last handed it to the loader; the loader takes payloads in this order';
update voxport_raw.payloads set landed_xact = '0' where state = 'landed';

drop index voxport_raw.payloads_landed;
create index payloads_landed on voxport_raw.payloads (source_id, landed_xact, payload_id) where state = 'landed';

create table voxport_raw.landed_positions (
  source_id    text primary key,
  landed_xact  xid8 not null,
  moved_at     timestamptz not null default now()
);
comment on table voxport_raw.landed_positions is 'One row a source: from which transaction on payloads may wait for the loader';
comment on column voxport_raw.landed_positions.source_id is 'The source';
comment on column voxport_raw.landed_positions.landed_xact is 'No payload that waits, or that a transaction under way can still make wait, has a landed_xact before this one';
comment on column voxport_raw.landed_positions.moved_at is 'When it was last moved';

create function voxport_raw.landed_from(source_id text) returns xid8
  language sql stable strict
  -- A dump that was restored into another cluster brings positions that lie in the future there.
  return coalesce((
    select p.landed_xact from voxport_raw.landed_positions p
    where p.source_id = landed_from.source_id and p.landed_xact <= pg_snapshot_xmax(pg_current_snapshot())
  ), '0'::xid8);
comment on function voxport_raw.landed_from is 'The first transaction whose payloads may wait for the loader: a bound for every walk over what waits';

-- In the table, and not in the statements that hand a payload to the loader once more: none can forget it, and a payload before the position would never be taken.
create function voxport_raw.land_again() returns trigger language plpgsql as $$
begin
  new.landed_xact := pg_current_xact_id();
  return new;
end $$;
comment on function voxport_raw.land_again is 'Puts a payload that waits for the loader once more behind those that wait';
create trigger land_again before update on voxport_raw.payloads
  for each row when (new.state = 'landed' and old.state <> 'landed') execute function voxport_raw.land_again();

-- What waits for the loader by its age, and the rechecks that are in progress: neither is looked for among everything that is pending.
create index inventory_fetched on voxport_ops.inventory (source_id, fetched_at) where state = 'fetched';
create index inventory_rechecks on voxport_ops.inventory (source_id) where state = 'discovered' and lane = 'refresh';
create index failures_run on voxport_ops.failures (run_id) where resolved_at is null;
