-- What is removed when it is old enough is found by its age.
create index runs_finished on voxport_ops.runs (source_id, finished_at) where finished_at is not null;
create index webhook_events_age on voxport_ops.webhook_events (source_id, received_at);
create index failures_resolved on voxport_ops.failures (source_id, resolved_at) where resolved_at is not null;
-- Removing a run removes its windows, and each of these is looked for among those that were divided.
create index windows_split_from on voxport_ops.windows (split_from) where split_from is not null;
