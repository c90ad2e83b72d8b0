-- How long a detail takes: what a backfill will take is told from it.
alter table voxport_ops.sources add column detail_latency_ms double precision;
comment on column voxport_ops.sources.detail_latency_ms is 'How long its API has taken of late to answer a request for a detail, in milliseconds: a moving average of the workers; null when none was measured yet';
