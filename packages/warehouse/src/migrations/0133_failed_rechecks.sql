-- A recheck that could not be done leaves its conversation loaded, and is a failure of the run that took it up.
create or replace function voxport_ops.share_of_run(
  run_id bigint, state text, wanted_run_id bigint, seen_run_id bigint, origin text, fetched_at timestamptz, load_outcome text
) returns table (listed integer, rechecked integer, fetched integer, loaded integer, unchanged integer, failed integer, gone integer, cancelled integer, pending integer)
  language sql immutable as $$
  select (not how.is_recheck)::integer, how.is_recheck::integer, (how.is_own and fetched_at is not null)::integer, how.is_loaded::integer,
         (state = 'loaded' and not how.is_loaded and not how.has_failed)::integer, (state = 'failed' or how.has_failed)::integer, (state = 'gone')::integer, (state = 'cancelled')::integer,
         (state in ('discovered', 'fetched'))::integer
  from (
    select wanted_run_id is not distinct from run_id as is_own,
           wanted_run_id is not distinct from run_id and origin = 'refresh' and seen_run_id is distinct from run_id as is_recheck,
           wanted_run_id is not distinct from run_id and state = 'loaded' and coalesce(load_outcome in ('inserted', 'updated'), false) as is_loaded,
           wanted_run_id is not distinct from run_id and state = 'loaded' and load_outcome is not distinct from 'recheck_failed' as has_failed
  ) how
$$;
