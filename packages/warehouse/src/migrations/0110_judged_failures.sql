-- A failure is judged by what it concerns: before a source is paused its list is asked, once for all workers.
alter table voxport_ops.sources
  add column probe_began_at  timestamptz,
  add column probed_at       timestamptz,
  add column probe_class     text,
  add column probe_reason    text,
  add column probe_failures  integer not null default 0;
comment on column voxport_ops.sources.probe_began_at is 'When a process last began to ask for the list, to learn whether the source answers this key';
comment on column voxport_ops.sources.probed_at is 'When that was answered, or given up';
comment on column voxport_ops.sources.probe_class is 'Error class of that request; null when the source listed';
comment on column voxport_ops.sources.probe_reason is 'The same in a sentence';
comment on column voxport_ops.sources.probe_failures is 'How many such requests in a row were refused or not answered: the more, the longer until the next, half a minute at most';
comment on column voxport_ops.sources.paused_class is 'Why it is paused: source_down (neither what was asked for nor the list is answered), or the class under which the list refuses its key';
