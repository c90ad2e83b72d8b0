-- How a window's listing stands beside its cursor: what it needs to notice that it goes round, and to begin again without listing everything again.
alter table voxport_ops.windows
  add column trail jsonb not null default '{}',
  add column split_from bigint references voxport_ops.windows on delete set null;
comment on column voxport_ops.windows.trail is 'State of the listing beside the cursor: pages since the last restart, oldest call start seen, marks that tell a circle; times in Unix seconds';
comment on column voxport_ops.windows.split_from is 'The window that had too many pages, and whose rest this one is a part of';
comment on column voxport_ops.windows.restarts is 'How often the listing began again because its cursor had expired or went round';
