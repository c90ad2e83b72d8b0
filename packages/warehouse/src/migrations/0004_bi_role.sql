-- The readers' role. A group role without a login: `create role tableau login password '…' in role voxport_bi` makes a reader.
-- A function, which every `migrate` calls until the rights stand: where Voxport's own role may not create roles (usual on managed Postgres),
-- it warns, an administrator creates voxport_bi later, and the next `migrate` grants.

create function voxport_ops.grant_bi_access() returns boolean language plpgsql as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('voxport_ops.grant_bi_access'));
  -- Roles belong to the whole server: two databases may be migrated at once.
  if not exists (select from pg_catalog.pg_roles where rolname = 'voxport_bi') then
    begin
      create role voxport_bi nologin;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise warning 'The role voxport_bi was not created, because the role % may not create roles. To give BI tools a reader, let an administrator run "create role voxport_bi nologin", then migrate again.', current_user;
        return false;
    end;
  end if;
  grant usage on schema voxport to voxport_bi;
  grant select on all tables in schema voxport to voxport_bi;
  alter default privileges in schema voxport grant select on tables to voxport_bi;
  return true;
end $$;
comment on function voxport_ops.grant_bi_access is 'Creates the role voxport_bi where that is allowed, and lets it read schema voxport and nothing else. Safe to run again';
