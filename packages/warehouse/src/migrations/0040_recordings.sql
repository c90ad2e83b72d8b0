-- Recordings: what is stored of each call's sound, and where. The sound itself lies in a directory or a bucket.

create table voxport.recordings (
  source_id          text not null,
  conversation_id    text not null,
  state              text not null default 'pending',
  location           text,
  content_type       text,
  size_bytes         bigint,
  sha256             text,
  stored_at          timestamptz,
  has_user_audio     boolean,
  has_response_audio boolean,
  wanted_at          timestamptz not null default now(),
  attempts           integer not null default 0,
  tried_at           timestamptz,
  next_attempt_at    timestamptz,
  last_error_class   text,
  last_error         text,
  version            integer not null default 1,
  lane               text not null,
  wanted_run_id      bigint,
  queued_at          timestamptz,
  primary key (source_id, conversation_id),
  foreign key (source_id, conversation_id) references voxport.conversations (source_id, conversation_id) on delete cascade
);
create index recordings_due on voxport.recordings (source_id, (lane = 'backfill'), next_attempt_at) where state = 'pending';
create index recordings_queued on voxport.recordings (source_id) where queued_at is not null;
create index recordings_run on voxport.recordings (wanted_run_id);
comment on table voxport.recordings is 'One row a conversation whose recording is stored or wanted, where the storing of audio is switched on';
comment on column voxport.recordings.source_id is 'The configured name of the source';
comment on column voxport.recordings.conversation_id is 'The conversation that was recorded';
comment on column voxport.recordings.state is 'stored; pending: wanted, and not there yet; absent: the source has none, though it was asked for over a day; failed: it could not be fetched or stored, see last_error';
comment on column voxport.recordings.location is 'Path below the configured directory, or s3://bucket/key. Also set while a changed recording is fetched again';
comment on column voxport.recordings.content_type is 'Media type as the source gave it, e.g. audio/mpeg';
comment on column voxport.recordings.size_bytes is 'Size in bytes';
comment on column voxport.recordings.sha256 is 'SHA-256 of the bytes, in hexadecimal, as sha256sum prints it';
comment on column voxport.recordings.stored_at is 'When it was stored; a recording that is stored again with the same bytes keeps its time';
comment on column voxport.recordings.has_user_audio is 'Whether it holds the user''s side, as the conversation said when the recording was wanted; a change has it fetched again';
comment on column voxport.recordings.has_response_audio is 'Whether it holds the agent''s side, as the conversation said when the recording was wanted; a change has it fetched again';
comment on column voxport.recordings.wanted_at is 'When it was wanted, or last wanted again';
comment on column voxport.recordings.attempts is 'How often it was asked for in vain since then; the quick repetitions of one attempt are not counted';
comment on column voxport.recordings.tried_at is 'When an attempt last came to its end, whatever the end';
comment on column voxport.recordings.next_attempt_at is 'When it is asked for next; null when nothing is left to do';
comment on column voxport.recordings.last_error_class is 'Class of the last failure, e.g. not_found; null when the last attempt went well';
comment on column voxport.recordings.last_error is 'What was said when the last attempt failed';
comment on column voxport.recordings.version is 'Counts the wishes: an answer to an older one changes nothing';
comment on column voxport.recordings.lane is 'live, refresh or backfill: those of history are fetched last';
comment on column voxport.recordings.wanted_run_id is 'The run that wanted it; null for none';
comment on column voxport.recordings.queued_at is 'When its job was put into the queue; null while it is not there';

-- Rows of recordings go with their conversation, by whatever way that is deleted; the object in the store must go too.
create table voxport_ops.recording_removals (
  removal_id      bigint generated always as identity primary key,
  source_id       text not null,
  conversation_id text not null,
  location        text not null,
  requested_at    timestamptz not null default now(),
  attempts        integer not null default 0,
  tried_at        timestamptz,
  last_error      text
);
create index recording_removals_conversation on voxport_ops.recording_removals (source_id, conversation_id);
comment on table voxport_ops.recording_removals is 'Recordings whose rows were deleted and whose bytes are still to be removed from the store; a row goes when that is done';
comment on column voxport_ops.recording_removals.removal_id is 'Number of the removal';
comment on column voxport_ops.recording_removals.source_id is 'The source whose store it lies in';
comment on column voxport_ops.recording_removals.conversation_id is 'The conversation that was recorded';
comment on column voxport_ops.recording_removals.location is 'Where the bytes lie';
comment on column voxport_ops.recording_removals.requested_at is 'When the row of the recording was deleted';
comment on column voxport_ops.recording_removals.attempts is 'How often the removal failed';
comment on column voxport_ops.recording_removals.tried_at is 'When it last failed';
comment on column voxport_ops.recording_removals.last_error is 'Why it last failed';

create function voxport_ops.note_recording_removal() returns trigger language plpgsql as $$
begin
  insert into voxport_ops.recording_removals (source_id, conversation_id, location)
  values (old.source_id, old.conversation_id, old.location);
  return null;
end $$;
comment on function voxport_ops.note_recording_removal is 'Remembers that the bytes of a deleted recording are still to be removed from the store';
create trigger note_removal after delete on voxport.recordings
  for each row when (old.location is not null) execute function voxport_ops.note_recording_removal();
