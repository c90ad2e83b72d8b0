-- Views for people who do not join. They run with their owner's rights (no security_invoker), so that a reader needs no right on the tables below,
-- and pipeline_freshness can show the state of the pipeline to a reader who sees schema voxport only. Days are UTC.

create view voxport.conversation_transcripts as
select c.source_id, c.conversation_id, c.agent_id, c.agent_name, c.started_at, c.duration_secs, c.status, c.call_successful,
       c.summary_title, c.summary, c.turn_count, t.transcript
from voxport.conversations c
-- Lateral, so that a filter on the conversation reads only its own turns.
left join lateral (
  select string_agg(coalesce(role, 'unknown') || ': ' || message, e'\n' order by turn_index) as transcript
  from voxport.transcript_turns
  where source_id = c.source_id and conversation_id = c.conversation_id and message <> ''
) t on true;

comment on view voxport.conversation_transcripts is 'One row per conversation with the whole dialogue as text';
comment on column voxport.conversation_transcripts.source_id is 'Source, see conversations';
comment on column voxport.conversation_transcripts.conversation_id is 'Conversation, see conversations';
comment on column voxport.conversation_transcripts.agent_id is 'Agent that the conversation started with';
comment on column voxport.conversation_transcripts.agent_name is 'Name of that agent';
comment on column voxport.conversation_transcripts.started_at is 'Start of the call';
comment on column voxport.conversation_transcripts.duration_secs is 'Length of the call in seconds';
comment on column voxport.conversation_transcripts.status is 'Vendor status';
comment on column voxport.conversation_transcripts.call_successful is 'Verdict of the analysis';
comment on column voxport.conversation_transcripts.summary_title is 'Short title that the analysis gave';
comment on column voxport.conversation_transcripts.summary is 'Summary that the analysis wrote';
comment on column voxport.conversation_transcripts.turn_count is 'Turns stored, silent ones (tool calls only) included';
comment on column voxport.conversation_transcripts.transcript is 'The dialogue, one line per turn that has a message: role, colon, message; null when there is none';

create view voxport.daily_agent_stats as
select source_id,
       (started_at at time zone 'UTC')::date as day,
       agent_id,
       (array_agg(agent_name order by started_at desc) filter (where agent_name is not null))[1] as agent_name,
       count(*) as conversations,
       count(*) filter (where call_successful = 'success') as successful,
       count(*) filter (where call_successful = 'failure') as unsuccessful,
       count(*) filter (where call_successful = 'success')::double precision
         / nullif(count(*) filter (where call_successful in ('success', 'failure')), 0) as success_rate,
       count(*) filter (where status = 'failed') as failed,
       sum(duration_secs) as duration_secs,
       avg(duration_secs) as average_duration_secs,
       avg(turn_count)::double precision as average_turns,
       avg(rating) as average_rating,
       count(rating) as ratings,
       sum(cost_credits) as cost_credits,
       sum(cost_usd) as cost_usd,
       sum(llm_cost_usd) as llm_cost_usd
from voxport.conversations
where started_at is not null
group by source_id, day, agent_id;

comment on view voxport.daily_agent_stats is 'One row per source, day (UTC) and agent: number of conversations, success, length, rating and cost';
comment on column voxport.daily_agent_stats.source_id is 'Source, see conversations';
comment on column voxport.daily_agent_stats.day is 'Day on which the calls started, UTC';
comment on column voxport.daily_agent_stats.agent_id is 'Agent that the conversations started with';
comment on column voxport.daily_agent_stats.agent_name is 'The name that the agent had last on that day';
comment on column voxport.daily_agent_stats.conversations is 'Conversations that started on that day';
comment on column voxport.daily_agent_stats.successful is 'Conversations whose verdict is success';
comment on column voxport.daily_agent_stats.unsuccessful is 'Conversations whose verdict is failure';
comment on column voxport.daily_agent_stats.success_rate is 'successful as a share (0 to 1) of those with a verdict of success or failure; null when there is none. Do not average over days: divide the sums';
comment on column voxport.daily_agent_stats.failed is 'Conversations with the status failed (a technical failure)';
comment on column voxport.daily_agent_stats.duration_secs is 'Length of all calls in seconds';
comment on column voxport.daily_agent_stats.average_duration_secs is 'Average length of a call in seconds';
comment on column voxport.daily_agent_stats.average_turns is 'Average number of turns';
comment on column voxport.daily_agent_stats.average_rating is 'Average of the ratings given, 1 to 5';
comment on column voxport.daily_agent_stats.ratings is 'Number of ratings given';
comment on column voxport.daily_agent_stats.cost_credits is 'Cost in credits (not money)';
comment on column voxport.daily_agent_stats.cost_usd is 'Cost in US dollars, of the conversations that tell it (older ones do not)';
comment on column voxport.daily_agent_stats.llm_cost_usd is 'Cost of the language models in US dollars';

create view voxport.daily_llm_costs as
select u.source_id,
       (c.started_at at time zone 'UTC')::date as day,
       u.model,
       count(*) as conversations,
       sum(u.input_tokens)::bigint as input_tokens,
       sum(u.cache_read_tokens)::bigint as cache_read_tokens,
       sum(u.cache_write_tokens)::bigint as cache_write_tokens,
       sum(u.output_tokens)::bigint as output_tokens,
       sum(u.cache_read_tokens)::double precision / nullif(
         coalesce(sum(u.input_tokens), 0) + coalesce(sum(u.cache_read_tokens), 0) + coalesce(sum(u.cache_write_tokens), 0), 0
       )::double precision as cache_share,
       sum(u.input_cost_usd) as input_cost_usd,
       sum(u.cache_read_cost_usd) as cache_read_cost_usd,
       sum(u.cache_write_cost_usd) as cache_write_cost_usd,
       sum(u.output_cost_usd) as output_cost_usd,
       sum(u.total_cost_usd) as total_cost_usd
from voxport.llm_usage u
join voxport.conversations c using (source_id, conversation_id)
-- One scope only: call_irreversible and turn hold the same generations again.
where u.scope = 'call_initiated' and c.started_at is not null
group by u.source_id, day, u.model;

comment on view voxport.daily_llm_costs is 'One row per source, day (UTC) and language model: tokens, money and the share of the cache. Counts every generation once (scope call_initiated)';
comment on column voxport.daily_llm_costs.source_id is 'Source, see conversations';
comment on column voxport.daily_llm_costs.day is 'Day on which the calls started, UTC';
comment on column voxport.daily_llm_costs.model is 'Language model';
comment on column voxport.daily_llm_costs.conversations is 'Conversations that used the model';
comment on column voxport.daily_llm_costs.input_tokens is 'Input tokens that were not cached';
comment on column voxport.daily_llm_costs.cache_read_tokens is 'Input tokens read from the cache';
comment on column voxport.daily_llm_costs.cache_write_tokens is 'Input tokens written to the cache';
comment on column voxport.daily_llm_costs.output_tokens is 'Output tokens';
comment on column voxport.daily_llm_costs.cache_share is 'cache_read_tokens as a share (0 to 1) of all input tokens, cached or not. Do not average over days or models: divide the sums';
comment on column voxport.daily_llm_costs.input_cost_usd is 'Cost of the input tokens in US dollars';
comment on column voxport.daily_llm_costs.cache_read_cost_usd is 'Cost of the cache reads in US dollars';
comment on column voxport.daily_llm_costs.cache_write_cost_usd is 'Cost of the cache writes in US dollars';
comment on column voxport.daily_llm_costs.output_cost_usd is 'Cost of the output tokens in US dollars';
comment on column voxport.daily_llm_costs.total_cost_usd is 'Cost in US dollars';

create view voxport.tool_performance as
with calls as (
  select c.source_id, c.tool_name, max(c.tool_type) as tool_type, count(*) as calls,
         count(distinct c.conversation_id) as conversations
  from voxport.tool_calls c
  left join voxport.tool_results parent
    on parent.source_id = c.source_id and parent.conversation_id = c.conversation_id
    and parent.turn_index = c.turn_index and parent.result_index = c.parent_result_index
  where c.is_routing is not true and parent.is_routing is not true
  group by c.source_id, c.tool_name
), results as (
  select r.source_id, r.tool_name, max(r.tool_type) as tool_type, count(*) as results,
         count(*) filter (where r.is_error) as errors,
         count(*) filter (where r.is_blocked) as blocked,
         percentile_cont(0.5) within group (order by r.latency_secs) as p50_latency_secs,
         percentile_cont(0.95) within group (order by r.latency_secs) as p95_latency_secs
  from voxport.tool_results r
  left join voxport.tool_results parent
    on parent.source_id = r.source_id and parent.conversation_id = r.conversation_id
    and parent.turn_index = r.turn_index and parent.result_index = r.parent_result_index
  -- What a workflow's edge leads to stands below it as a transfer: that is routing as well.
  where r.is_routing is not true and parent.is_routing is not true
  group by r.source_id, r.tool_name
)
select coalesce(c.source_id, r.source_id) as source_id,
       coalesce(c.tool_name, r.tool_name) as tool_name,
       coalesce(c.tool_type, r.tool_type) as tool_type,
       coalesce(c.conversations, 0) as conversations,
       coalesce(c.calls, 0) as calls,
       coalesce(r.results, 0) as results,
       coalesce(r.errors, 0) as errors,
       coalesce(r.blocked, 0) as blocked,
       r.errors::double precision / nullif(r.results, 0) as error_rate,
       r.p50_latency_secs,
       r.p95_latency_secs
from calls c
full join results r on r.source_id = c.source_id and coalesce(r.tool_name, '') = coalesce(c.tool_name, '');

comment on view voxport.tool_performance is 'One row per source and tool: calls, errors and latency over all time. Workflow routing is left out';
comment on column voxport.tool_performance.source_id is 'Source, see conversations';
comment on column voxport.tool_performance.tool_name is 'Name of the tool';
comment on column voxport.tool_performance.tool_type is 'Kind of tool, such as webhook or system';
comment on column voxport.tool_performance.conversations is 'Conversations that called the tool';
comment on column voxport.tool_performance.calls is 'Calls that agents asked for (tool_calls)';
comment on column voxport.tool_performance.results is 'Results that came back (tool_results)';
comment on column voxport.tool_performance.errors is 'Results that are an error';
comment on column voxport.tool_performance.blocked is 'Results of calls that were blocked before they ran';
comment on column voxport.tool_performance.error_rate is 'errors as a share (0 to 1) of results';
comment on column voxport.tool_performance.p50_latency_secs is 'Median latency in seconds, of the results that tell it';
comment on column voxport.tool_performance.p95_latency_secs is '95th percentile of the latency in seconds';

create view voxport.evaluation_pass_rates as
select e.source_id,
       c.agent_id,
       (array_agg(c.agent_name order by c.started_at desc nulls last) filter (where c.agent_name is not null))[1] as agent_name,
       e.criteria_id,
       (array_agg(e.name order by c.started_at desc nulls last) filter (where e.name is not null))[1] as criteria_name,
       count(*) as evaluations,
       count(*) filter (where e.result = 'success') as passed,
       count(*) filter (where e.result = 'failure') as failed,
       count(*) filter (where e.result is null or e.result not in ('success', 'failure')) as undecided,
       count(*) filter (where e.result = 'success')::double precision
         / nullif(count(*) filter (where e.result in ('success', 'failure')), 0) as pass_rate,
       avg(e.score / nullif(e.max_score, 0)) as average_score_share,
       min(c.started_at) as first_call_at,
       max(c.started_at) as last_call_at
from voxport.evaluation_results e
join voxport.conversations c using (source_id, conversation_id)
group by e.source_id, c.agent_id, e.criteria_id;

comment on view voxport.evaluation_pass_rates is 'One row per source, agent and evaluation criterion: how often it was met, over all time';
comment on column voxport.evaluation_pass_rates.source_id is 'Source, see conversations';
comment on column voxport.evaluation_pass_rates.agent_id is 'Agent that the conversations started with';
comment on column voxport.evaluation_pass_rates.agent_name is 'The agent''s last known name';
comment on column voxport.evaluation_pass_rates.criteria_id is 'The criterion''s id';
comment on column voxport.evaluation_pass_rates.criteria_name is 'The criterion''s last known name';
comment on column voxport.evaluation_pass_rates.evaluations is 'Conversations in which the criterion was judged';
comment on column voxport.evaluation_pass_rates.passed is 'Verdicts of success';
comment on column voxport.evaluation_pass_rates.failed is 'Verdicts of failure';
comment on column voxport.evaluation_pass_rates.undecided is 'Other verdicts, such as unknown';
comment on column voxport.evaluation_pass_rates.pass_rate is 'passed as a share (0 to 1) of passed and failed; null when there is neither';
comment on column voxport.evaluation_pass_rates.average_score_share is 'Average of score as a share (0 to 1) of max_score, where scores are given';
comment on column voxport.evaluation_pass_rates.first_call_at is 'Start of the first call that was judged';
comment on column voxport.evaluation_pass_rates.last_call_at is 'Start of the last call that was judged';

create view voxport.turn_latency as
select m.source_id,
       (c.started_at at time zone 'UTC')::date as day,
       coalesce(t.agent_id, c.agent_id) as agent_id,
       m.metric,
       count(m.elapsed_secs) as turns,
       avg(m.elapsed_secs) as average_secs,
       percentile_cont(0.5) within group (order by m.elapsed_secs) as p50_secs,
       percentile_cont(0.9) within group (order by m.elapsed_secs) as p90_secs,
       percentile_cont(0.95) within group (order by m.elapsed_secs) as p95_secs,
       percentile_cont(0.99) within group (order by m.elapsed_secs) as p99_secs,
       max(m.elapsed_secs) as max_secs
from voxport.turn_metrics m
join voxport.conversations c using (source_id, conversation_id)
left join voxport.transcript_turns t
  on t.source_id = m.source_id and t.conversation_id = m.conversation_id and t.turn_index = m.turn_index
where c.started_at is not null
group by m.source_id, day, coalesce(t.agent_id, c.agent_id), m.metric;

comment on view voxport.turn_latency is 'One row per source, day (UTC), agent and latency metric: its percentiles. convai_ttf_audio_since_silence is what the caller perceives. Percentiles cannot be averaged';
comment on column voxport.turn_latency.source_id is 'Source, see conversations';
comment on column voxport.turn_latency.day is 'Day on which the calls started, UTC';
comment on column voxport.turn_latency.agent_id is 'Agent of the turn; of the conversation where the turn tells none';
comment on column voxport.turn_latency.metric is 'What was measured, see turn_metrics';
comment on column voxport.turn_latency.turns is 'Turns that were measured';
comment on column voxport.turn_latency.average_secs is 'Average in seconds';
comment on column voxport.turn_latency.p50_secs is 'Median in seconds';
comment on column voxport.turn_latency.p90_secs is '90th percentile in seconds';
comment on column voxport.turn_latency.p95_secs is '95th percentile in seconds';
comment on column voxport.turn_latency.p99_secs is '99th percentile in seconds';
comment on column voxport.turn_latency.max_secs is 'Largest value in seconds';

create view voxport.call_outcomes as
select source_id, conversation_id, agent_id, agent_name, started_at, day, direction, status, call_result, termination_reason, duration_secs,
       is_successful, is_voicemail, is_transferred_to_agent, is_transferred_to_number,
       -- Only a call that somebody took can be contained, or not.
       case when status = 'done' and not is_voicemail and coalesce(call_result, 'answered') = 'answered'
            then not is_transferred_to_number end as is_contained
from (
  select c.source_id, c.conversation_id, c.agent_id, c.agent_name, c.started_at, (c.started_at at time zone 'UTC')::date as day,
         c.direction, c.status, c.call_result, c.termination_reason, c.duration_secs,
         case c.call_successful when 'success' then true when 'failure' then false end as is_successful,
         coalesce(c.call_result = 'voicemail', false) or coalesce(r.is_voicemail, false) as is_voicemail,
         coalesce(r.is_transferred_to_agent, false) as is_transferred_to_agent,
         coalesce(r.is_transferred_to_number, false) as is_transferred_to_number
  from voxport.conversations c
  left join lateral (
    select bool_or(r.result_type like 'voicemail\_detection%success') as is_voicemail,
           bool_or(r.result_type like 'transfer\_to\_agent%success') as is_transferred_to_agent,
           bool_or(r.result_type like 'transfer\_to\_number%success') as is_transferred_to_number
    from voxport.tool_results r
    left join voxport.tool_results parent
      on parent.source_id = r.source_id and parent.conversation_id = r.conversation_id
      and parent.turn_index = r.turn_index and parent.result_index = r.parent_result_index
    where r.source_id = c.source_id and r.conversation_id = c.conversation_id and r.result_type is not null
      and r.is_error is not true and r.is_routing is not true and parent.is_routing is not true
  ) r on true
) outcomes;

comment on view voxport.call_outcomes is 'One row per conversation: how it ended. Rates are averages, e.g. avg(is_contained::int), where nulls do not count';
comment on column voxport.call_outcomes.source_id is 'Source, see conversations';
comment on column voxport.call_outcomes.conversation_id is 'Conversation, see conversations';
comment on column voxport.call_outcomes.agent_id is 'Agent that the conversation started with';
comment on column voxport.call_outcomes.agent_name is 'Name of that agent';
comment on column voxport.call_outcomes.started_at is 'Start of the call';
comment on column voxport.call_outcomes.day is 'Day on which the call started, UTC';
comment on column voxport.call_outcomes.direction is 'inbound or outbound';
comment on column voxport.call_outcomes.status is 'Vendor status';
comment on column voxport.call_outcomes.call_result is 'Telephone result';
comment on column voxport.call_outcomes.termination_reason is 'Why the conversation ended, in the vendor''s words';
comment on column voxport.call_outcomes.duration_secs is 'Length of the call in seconds';
comment on column voxport.call_outcomes.is_successful is 'True for the verdict success, false for failure, null otherwise';
comment on column voxport.call_outcomes.is_voicemail is 'True when the telephone result or the voicemail tool says that a machine answered';
comment on column voxport.call_outcomes.is_transferred_to_agent is 'True when another agent took over; workflow routing does not count';
comment on column voxport.call_outcomes.is_transferred_to_number is 'True when the call was handed to a telephone number, usually a person';
comment on column voxport.call_outcomes.is_contained is 'True when the agent kept the call to its end, false when it was handed to a telephone number; null for calls that are not done, not answered or answered by a machine';

create view voxport.pipeline_freshness as
select s.source_id,
       newest.started_at as newest_call_at,
       extract(epoch from now() - newest.started_at)::double precision as newest_call_age_secs,
       changed.exported_at as last_exported_at,
       s.watermark_at as complete_until,
       extract(epoch from now() - s.watermark_at)::double precision as lag_secs,
       waiting.conversations as waiting_conversations,
       open.failures as open_failures,
       open.oldest_at as oldest_open_failure_at,
       s.paused_at,
       s.paused_reason
from voxport_ops.sources s
left join lateral (
  select started_at from voxport.conversations c
  where c.source_id = s.source_id and started_at is not null order by started_at desc limit 1
) newest on true
left join lateral (
  select exported_at from voxport.conversations c where c.source_id = s.source_id order by exported_at desc limit 1
) changed on true
left join lateral (
  select count(*) as conversations from voxport_ops.inventory i
  where i.source_id = s.source_id and i.state in ('discovered', 'fetched')
) waiting on true
left join lateral (
  select count(*) as failures, min(first_failed_at) as oldest_at from voxport_ops.failures f
  where f.source_id = s.source_id and f.resolved_at is null
) open on true;

comment on view voxport.pipeline_freshness is 'One row per source: how fresh its data is, and what stands in the way';
comment on column voxport.pipeline_freshness.source_id is 'Source, see conversations';
comment on column voxport.pipeline_freshness.newest_call_at is 'Start of the newest call loaded';
comment on column voxport.pipeline_freshness.newest_call_age_secs is 'Seconds since then: large when nobody calls as well';
comment on column voxport.pipeline_freshness.last_exported_at is 'When a conversation of the source was last changed here';
comment on column voxport.pipeline_freshness.complete_until is 'Every call that started before this time has been listed at the source';
comment on column voxport.pipeline_freshness.lag_secs is 'Seconds since complete_until: how far the export is behind; null before its first complete sync';
comment on column voxport.pipeline_freshness.waiting_conversations is 'Conversations known but not loaded yet';
comment on column voxport.pipeline_freshness.open_failures is 'Failures that nobody has resolved';
comment on column voxport.pipeline_freshness.oldest_open_failure_at is 'When the oldest of them first failed';
comment on column voxport.pipeline_freshness.paused_at is 'Since when nothing is fetched because the source refuses; null while it works';
comment on column voxport.pipeline_freshness.paused_reason is 'What the source said then';
