-- Dead letters that operators retry.
alter table voxport_ops.failures add column retries integer not null default 0;
comment on column voxport_ops.failures.retries is 'How often an operator had it tried again';
comment on column voxport_ops.failures.attempts is 'How often it was tried, those after a retry by an operator included';
comment on column voxport_ops.runs.kind is 'sync, backfill, retry (of failures) or heal (of what a verification found)';
-- The newest failure of a thing is looked up with every new one, and an operator looks for all of a conversation.
create index failures_conversation on voxport_ops.failures (source_id, conversation_id);
