-- How many versions of a conversation's payload are kept is a policy of the configuration.
alter table voxport_raw.payloads
  add column is_interim boolean not null default false,
  add column superseded_at timestamptz;
create index payloads_superseded on voxport_raw.payloads (source_id, superseded_at) where superseded_at is not null;
comment on column voxport_raw.payloads.is_interim is 'Whether the call was not over yet: what comes later holds all of it';
comment on column voxport_raw.payloads.superseded_at is 'When a newer payload of the conversation was loaded; null for what the rows come from. raw_history and keep.raw_history decide what becomes of it';

-- What comes once more is superseded no longer.
create or replace function voxport_raw.land_again() returns trigger language plpgsql as $$
begin
  new.landed_xact := pg_current_xact_id();
  new.superseded_at := null;
  return new;
end $$;

-- What the rows come from: the newest payload, and where that has no transcript any more the one that had it; and the newest that the API gave, where a
-- webhook's is newer, because that the API has shown a conversation is known by it.
create function voxport_raw.superseded_payloads(of_source text, conversation_ids text[]) returns setof bigint
  language sql stable as $$
  select p.payload_id
  from voxport_ops.loaded_conversations l
  join voxport_raw.payloads newest
    on newest.source_id = l.source_id and newest.conversation_id = l.conversation_id and newest.sha256 = l.payload_sha256
  join voxport_raw.payloads p on p.source_id = l.source_id and p.conversation_id = l.conversation_id and p.payload_id <> newest.payload_id
  where l.source_id = of_source and l.conversation_id = any(conversation_ids)
    and p.kind = 'conversation' and p.state = 'loaded' and p.superseded_at is null and p.observed_at < newest.observed_at
    and (l.transcript_observed_at is null or p.observed_at < l.transcript_observed_at
         or (p.observed_at > l.transcript_observed_at and exists (
           select from voxport_raw.payloads told where told.source_id = p.source_id and told.conversation_id = p.conversation_id
             and told.observed_at = l.transcript_observed_at)))
    and (p.origin = 'webhook' or exists (
      select from voxport_raw.payloads shown where shown.source_id = p.source_id and shown.conversation_id = p.conversation_id
        and shown.origin <> 'webhook' and shown.state = 'loaded' and shown.observed_at > p.observed_at))
$$;
comment on function voxport_raw.superseded_payloads is 'The payloads of some conversations that nothing comes from any more, and that are not marked yet';

-- What has been superseded so far, counted from now on.
update voxport_raw.payloads p set superseded_at = now()
from (
  select voxport_raw.superseded_payloads(source_id, array_agg(conversation_id)) as payload_id
  from (select source_id, conversation_id from voxport_raw.payloads group by 1, 2 having count(*) > 1) several group by source_id
) s
where p.payload_id = s.payload_id;
