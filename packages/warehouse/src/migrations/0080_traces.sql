-- Where tracing is on, a payload carries the trace of the request that brought it, so that its load belongs to the same trace.
alter table voxport_raw.payloads add column traceparent text;
comment on column voxport_raw.payloads.traceparent is 'W3C trace context of the job that landed it; null where tracing is off';
