-- Tenants: readers who see the sources granted to them and no other. Off until `voxport readers on`; the policies are made then, and kept by migrate.

create table voxport_ops.reader_sources (
  reader     text not null,
  source_id  text not null,
  granted_at timestamptz not null default now(),
  primary key (reader, source_id)
);
comment on table voxport_ops.reader_sources is 'Which sources a reader sees while readers are held to their sources; nothing is held by it else';
comment on column voxport_ops.reader_sources.reader is 'Name of the login, or of a role that sessions take by SET ROLE';
comment on column voxport_ops.reader_sources.source_id is 'Source; not a reference: it may be granted before it is registered. * means every source';
comment on column voxport_ops.reader_sources.granted_at is 'When it was granted';

-- Called with the current user: inside of a function that runs as its owner there is another one.
create function voxport_ops.sees_every_source(reader name) returns boolean
  language sql stable strict security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from voxport_ops.reader_sources s where s.reader = sees_every_source.reader and s.source_id = '*')
    or not exists (
      select from pg_roles r where r.rolname in ('voxport_bi', 'voxport_bi_restricted') and pg_has_role(sees_every_source.reader, r.oid, 'usage')
    )
$$;
comment on function voxport_ops.sees_every_source is 'Whether a role is none of a reader, or a reader to whom every source is granted';

create function voxport_ops.sources_of(reader name) returns text[]
  language sql stable strict security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(s.source_id), '{}') from voxport_ops.reader_sources s where s.reader = sources_of.reader
$$;
comment on function voxport_ops.sources_of is 'The sources that are granted to a reader';
