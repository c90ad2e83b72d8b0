-- What a verification has listed so far stands here, and not in the memory of a process: a week may be 700,000 conversations.
create unlogged table voxport_ops.verified_ids (
  listing_id       uuid not null,
  conversation_id  text collate "C" not null,
  listed_at        timestamptz not null default now(),
  primary key (listing_id, conversation_id)
);
comment on table voxport_ops.verified_ids is 'One row a conversation that a verification under way has listed; removed when its window has been compared. Unlogged: after a crash it is empty';
comment on column voxport_ops.verified_ids.listing_id is 'The listing of one window';
comment on column voxport_ops.verified_ids.conversation_id is 'The conversation';
comment on column voxport_ops.verified_ids.listed_at is 'When it was listed; what a process that died has left is removed after a day';
