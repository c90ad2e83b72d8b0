-- Whose a conversation was, after its source has removed it: `erase --user` and `--phone` must find what an older version was found by.
-- Identities that stand in the tables are found there; only what a newer version replaces needs a trace, so a first load writes none.

create table voxport_ops.identity_key (
  is_only  boolean primary key default true check (is_only),
  key      bytea not null default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);
insert into voxport_ops.identity_key default values;
comment on table voxport_ops.identity_key is 'One row: the key of the digests in replaced_identities. No role but the owner reads it';
comment on column voxport_ops.identity_key.is_only is 'Always true: there is one';
comment on column voxport_ops.identity_key.key is 'Random, made with the table';

create table voxport_ops.replaced_identities (
  source_id        text not null,
  identity_hash    bytea not null,
  conversation_id  text not null,
  primary key (source_id, identity_hash, conversation_id)
);
create index replaced_identities_conversation on voxport_ops.replaced_identities (source_id, conversation_id);
comment on table voxport_ops.replaced_identities is 'Digests of user ids and telephone numbers that a newer version of a conversation no longer has: erasure finds it by them';
comment on column voxport_ops.replaced_identities.source_id is 'The source';
comment on column voxport_ops.replaced_identities.identity_hash is 'Keyed digest of the identity, see voxport_ops.identity_hash';
comment on column voxport_ops.replaced_identities.conversation_id is 'The conversation';

-- HMAC in short. As the owner, who alone reads the key: whoever calls it can try an identity, and not take the key away to try them elsewhere.
create function voxport_ops.identity_hash(identity text) returns bytea
  language sql stable strict security definer set search_path = pg_catalog, pg_temp as $$
  select sha256(key || sha256(key || convert_to(identity, 'UTF8'))) from voxport_ops.identity_key
$$;
comment on function voxport_ops.identity_hash is 'Keyed digest of an identity as identity_texts writes it';

-- As it is, and where it is a telephone number by its looks also as its digits, so that every spelling finds it.
create function voxport_ops.identity_texts(identities text[]) returns setof text
  language sql immutable strict as $$
  select distinct t.text
  from unnest(identities) as identity
  cross join lateral regexp_replace(regexp_replace(identity, '\D', '', 'g'), '^00', '') as digits
  cross join lateral (
    select '=' || identity as text where identity <> ''
    union all select '#' || digits where identity ~ '^\+?[\d\s().-]+$' and length(digits) >= 6
  ) t
$$;
comment on function voxport_ops.identity_texts is 'What identities are known by: =text, and #digits of telephone numbers';

-- By column, not by row: a table that gets a column must not concern it.
create function voxport_ops.identities_of(plain text[], dynamic_variables jsonb, phone_call jsonb, whatsapp jsonb, sms jsonb) returns text[]
  language sql immutable as $$
  select array_remove(plain || array[
    dynamic_variables->>'system__user_id', dynamic_variables->>'system__caller_id', phone_call->>'external_number',
    whatsapp->'recipient'->>'phone', sms->>'sms_user_phone_number'
  ], null)
$$;
comment on function voxport_ops.identities_of is 'User ids and telephone numbers that a conversation names its caller by';

create function voxport_ops.note_replaced_identities() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'conversations' then
    insert into voxport_ops.replaced_identities
    select o.source_id, voxport_ops.identity_hash(t.text), o.conversation_id
    from (select o.source_id, o.conversation_id, voxport_ops.identities_of(
            array[o.user_id, o.client_user_id, o.whatsapp_user_id, o.external_number], o.dynamic_variables, o.phone_call, o.whatsapp, o.sms) as identities from old_rows o) o
    join (select n.source_id, n.conversation_id, voxport_ops.identities_of(
            array[n.user_id, n.client_user_id, n.whatsapp_user_id, n.external_number], n.dynamic_variables, n.phone_call, n.whatsapp, n.sms) as identities from new_rows n) n
      on n.source_id = o.source_id and n.conversation_id = o.conversation_id and not n.identities @> o.identities
    cross join lateral (
      select text from voxport_ops.identity_texts(o.identities) text except select text from voxport_ops.identity_texts(n.identities) text
    ) t
    on conflict do nothing;
  elsif tg_table_name = 'transcript_turns' then
    insert into voxport_ops.replaced_identities
    select o.source_id, voxport_ops.identity_hash(text), o.conversation_id
    from (select distinct source_id, conversation_id, user_identifier from old_rows where user_identifier is not null) o
    cross join lateral voxport_ops.identity_texts(array[o.user_identifier]) text
    on conflict do nothing;
  else
    insert into voxport_ops.replaced_identities
    select distinct o.source_id, voxport_ops.identity_hash(text), o.conversation_id
    from old_rows o
    join new_rows n on n.source_id = o.source_id and n.conversation_id = o.conversation_id and n.details is distinct from o.details
    cross join lateral jsonb_each_text(case jsonb_typeof(o.details) when 'object' then o.details else '{}' end) as field
    cross join lateral voxport_ops.identity_texts(array[field.value]) text
    where text like '#%'
    on conflict do nothing;
  end if;
  return null;
end $$;
comment on function voxport_ops.note_replaced_identities is 'Notes whose a conversation was before a newer version says it no longer';

create trigger note_replaced_identities after update on voxport.conversations
  referencing old table as old_rows new table as new_rows
  for each statement execute function voxport_ops.note_replaced_identities();
create trigger note_replaced_identities after delete on voxport.transcript_turns
  referencing old table as old_rows
  for each statement execute function voxport_ops.note_replaced_identities();
create trigger note_replaced_identities after update on voxport.initiation_failures
  referencing old table as old_rows new table as new_rows
  for each statement execute function voxport_ops.note_replaced_identities();
