-- One word for one thing: the order in which requests are spent is a priority, and the number of a detail request its generation.
alter table voxport_ops.windows rename column lane to priority;
alter table voxport_ops.inventory rename column lane to priority;
alter table voxport_ops.inventory rename column version to generation;
alter table voxport_raw.payloads rename column version to generation;
alter table voxport.recordings rename column lane to priority;
alter table voxport.recordings rename column version to generation;

-- Under their old names for one release, where readers may: for queries that stand in dashboards.
alter table voxport.recordings
  add column lane text generated always as (priority) stored,
  add column version integer generated always as (generation) stored;

comment on column voxport_ops.windows.priority is 'live (what is new), refresh or backfill (history): the order in which requests are spent';
comment on column voxport_ops.inventory.priority is 'live, refresh or backfill: how urgent the present detail request is';
comment on column voxport_ops.inventory.generation is 'Counts how often its detail was wanted: an answer to an older detail request does not end a newer one';
comment on column voxport_ops.inventory.fetched_at is 'When the detail of the present generation landed; null while it is wanted';
comment on column voxport_ops.inventory.loaded_at is 'When the detail of the present generation was loaded';
comment on column voxport_ops.inventory.attempts is 'Failed attempts at the present generation';
comment on column voxport_raw.payloads.generation is 'The generation of the detail request in the inventory that it answers';
comment on column voxport.recordings.priority is 'live, refresh or backfill: those of history are fetched last';
comment on column voxport.recordings.generation is 'Counts the requests for it: an answer to an older one changes nothing';
comment on column voxport.recordings.lane is 'The same as priority, under its name before 0.2; goes with the next release';
comment on column voxport.recordings.version is 'The same as generation, under its name before 0.2; goes with the next release';
