-- What a cancelled run had listed and not fetched was given up, and no sync ever listed it again. From now on cancelling
-- takes it back from what the syncs pass over; here the same for what was given up before.
update voxport_ops.coverage c set settled = c.settled - given_up.range, updated_at = now()
from (
  select source_id,
         range_agg(tstzrange(date_trunc('second', started_at), date_trunc('second', started_at) + interval '1 hour')) as range
  from voxport_ops.inventory where state = 'cancelled' group by source_id
) given_up
where c.source_id = given_up.source_id and c.settled && given_up.range;
comment on column voxport_ops.coverage.settled is 'The part of it that was listed at least a lookback after the calls had started, without what cancelled runs have given up: the syncs do not list it again';
