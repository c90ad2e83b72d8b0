-- The check of a foreign key is planned once per session, in a new warehouse while the tables are empty, and then an index that starts with source_id seemed as good as the primary key: it read all conversations of the source for each row that was inserted. A partial index serves no check; its condition is true of every row, and a query that wants it states it.
drop index voxport.conversations_source_started_at;
drop index voxport.conversations_source_exported_at;
create index conversations_source_started_at on voxport.conversations (source_id, started_at) where started_at > '-infinity';
create index conversations_source_exported_at on voxport.conversations (source_id, exported_at) where exported_at > '-infinity';

create or replace view voxport.pipeline_freshness as
select s.source_id,
       newest.started_at as newest_call_at,
       extract(epoch from now() - newest.started_at)::double precision as newest_call_age_secs,
       changed.exported_at as last_exported_at,
       covered.complete_until,
       extract(epoch from now() - covered.complete_until)::double precision as lag_secs,
       counts.discovered + counts.fetched as waiting_conversations,
       open.failures as open_failures,
       open.oldest_at as oldest_open_failure_at,
       s.paused_at,
       s.paused_reason
from voxport_ops.sources s
join voxport_ops.source_coverage covered using (source_id)
join voxport_ops.source_counts counts using (source_id)
left join lateral (
  select started_at from voxport.conversations c
  where c.source_id = s.source_id and started_at > '-infinity' order by started_at desc limit 1
) newest on true
left join lateral (
  select exported_at from voxport.conversations c
  where c.source_id = s.source_id and exported_at > '-infinity' order by exported_at desc limit 1
) changed on true
left join lateral (
  select count(*) as failures, min(first_failed_at) as oldest_at from voxport_ops.failures f
  where f.source_id = s.source_id and f.resolved_at is null
) open on true;
