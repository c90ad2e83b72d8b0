/** What an analyst may ask first: each query reads one view or table, and no join is needed. */
export const exampleQueries: readonly { readonly question: string; readonly query: string }[] = [
  {
    question: 'How do the agents do?',
    query: `select agent_name as agent, count(*) as calls,
       round(100.0 * count(*) filter (where call_successful = 'success') / count(*), 1) as success_pct,
       round(avg(duration_secs)::numeric, 0) as avg_secs, round(sum(llm_cost_usd), 2) as llm_usd
from voxport.conversations
group by agent_name order by calls desc limit 5`,
  },
  {
    question: 'Which tools fail, and how long do they take?',
    query: `select tool_name as tool, sum(calls) as calls, sum(errors) as errors, round(max(p95_latency_secs)::numeric, 2) as p95_secs
from voxport.tool_performance
group by tool_name order by errors desc, calls desc limit 5`,
  },
  {
    question: 'What do the language models cost?',
    query: `select model, sum(conversations) as calls, sum(input_tokens + output_tokens) as tokens, round(sum(total_cost_usd), 2) as usd
from voxport.daily_llm_costs
group by model order by usd desc limit 5`,
  },
];
