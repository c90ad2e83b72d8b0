-- Erasure on request: what was erased, without saying of whom, and what keeps it from coming back.

create table voxport_ops.erasures (
  erasure_id     bigint generated always as identity primary key,
  requested_at   timestamptz not null default now(),
  finished_at    timestamptz,
  source_ids     text[] not null,
  selector       text not null,
  selector_hash  text not null,
  conversations  bigint not null default 0,
  removed        jsonb not null default '{}',
  at_source      jsonb
);
comment on table voxport_ops.erasures is 'One row an erasure: when, by what kind of selector, how much; nothing of what was erased';
comment on column voxport_ops.erasures.erasure_id is 'Number of the erasure';
comment on column voxport_ops.erasures.requested_at is 'When it began';
comment on column voxport_ops.erasures.finished_at is 'When everything was removed; null while it runs, or when it was interrupted: run it again';
comment on column voxport_ops.erasures.source_ids is 'The sources in which it looked';
comment on column voxport_ops.erasures.selector is 'Kind of selector: conversation, user, phone or before';
comment on column voxport_ops.erasures.selector_hash is 'Digest of what was asked for: hmac-sha256 with the key of redact where one is configured, else scrypt with the salt that stands beside it. It proves that an erasure was done to somebody who knows what was asked for, and does not tell it';
comment on column voxport_ops.erasures.conversations is 'How many conversations were erased';
comment on column voxport_ops.erasures.removed is 'Rows removed, by table';
comment on column voxport_ops.erasures.at_source is 'What the API answered, by outcome: deleted, not_found, failed; null where it was not asked to delete';

create table voxport_ops.erased_conversations (
  source_id          text not null,
  conversation_hash  bytea not null,
  erasure_id         bigint not null references voxport_ops.erasures,
  erased_at          timestamptz not null default now(),
  primary key (source_id, conversation_hash)
);
create index erased_conversations_erasure on voxport_ops.erased_conversations (erasure_id);
comment on table voxport_ops.erased_conversations is 'Tombstones: a conversation of this digest is not taken in again, whoever lists or sends it';
comment on column voxport_ops.erased_conversations.source_id is 'The source';
comment on column voxport_ops.erased_conversations.conversation_hash is 'SHA-256 of source and conversation id, see voxport_ops.conversation_hash; the id itself is not kept';
comment on column voxport_ops.erased_conversations.erasure_id is 'The erasure that erased it';
comment on column voxport_ops.erased_conversations.erased_at is 'When it was erased';

create function voxport_ops.conversation_hash(source_id text, conversation_id text) returns bytea
  language sql immutable strict parallel safe
  return sha256(convert_to(source_id || chr(10) || conversation_id, 'UTF8'));
comment on function voxport_ops.conversation_hash is 'Digest by which an erased conversation is known again';

create function voxport_ops.is_erased(source_id text, conversation_id text) returns boolean
  language sql stable strict parallel safe
  return exists (
    select from voxport_ops.erased_conversations e
    where e.source_id = is_erased.source_id
      and e.conversation_hash = voxport_ops.conversation_hash(is_erased.source_id, is_erased.conversation_id)
  );
comment on function voxport_ops.is_erased is 'Whether a conversation was erased on request';

-- In the tables themselves, and not in the statements that write: whatever comes to write to them later is bound too.
create function voxport_ops.refuse_erased_conversation() returns trigger language plpgsql as $$
begin
  if voxport_ops.is_erased(new.source_id, new.conversation_id) then
    return null;
  end if;
  return new;
end $$;
comment on function voxport_ops.refuse_erased_conversation is 'Passes over a row of an erased conversation, as if it had not been sent';

create function voxport_ops.forget_erased_conversation() returns trigger language plpgsql as $$
begin
  if voxport_ops.is_erased(new.source_id, new.conversation_id) then
    new.conversation_id := null;
  end if;
  return new;
end $$;
comment on function voxport_ops.forget_erased_conversation is 'Keeps an event without the id of the erased conversation that it is about';

create trigger refuse_erased before insert on voxport_ops.inventory
  for each row execute function voxport_ops.refuse_erased_conversation();
create trigger refuse_erased before insert on voxport_raw.payloads
  for each row execute function voxport_ops.refuse_erased_conversation();
create trigger refuse_erased before insert on voxport.initiation_failures
  for each row execute function voxport_ops.refuse_erased_conversation();
create trigger forget_erased before insert on voxport_ops.webhook_events
  for each row when (new.conversation_id is not null) execute function voxport_ops.forget_erased_conversation();
