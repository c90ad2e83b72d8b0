-- What a certificate needs to be read by itself.
alter table voxport_ops.verifications
  add column pending bigint not null default 0,
  add column requests integer not null default 0,
  add column filters jsonb not null default '{}';
create index verifications_source on voxport_ops.verifications (source_id, verified_at);
comment on column voxport_ops.verifications.present is 'Of these, in the tables and up to date';
comment on column voxport_ops.verifications.pending is 'Of these, known, wanted and under way: listed = present + pending + missing + stale';
comment on column voxport_ops.verifications.requests is 'List requests that it took';
comment on column voxport_ops.verifications.filters is 'List filters that it was listed with';
