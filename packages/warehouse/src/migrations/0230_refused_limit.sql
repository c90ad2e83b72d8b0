-- What the next run must know besides the limit: whether the source has ever refused more, or the search was only under way.
alter table voxport_ops.sources add column in_flight_refused integer;
comment on column voxport_ops.sources.in_flight_refused is 'The lowest number of requests in flight above in_flight_limit that the source has refused of late; 0 where none is known above it, null where it has refused none yet';
