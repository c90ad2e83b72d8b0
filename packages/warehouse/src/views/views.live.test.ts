import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observation } from '../../test/load-items.ts';
import { emptyRows, rowOf } from '../../test/sample-rows.ts';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { upsertConversations } from '../load/upsert-conversations.ts';
import {
  type ConversationRow,
  type ConversationRows,
  evaluationResults,
  llmUsage,
  toolCalls,
  type ToolResultRow,
  toolResults,
  transcriptTurns,
  turnMetrics,
} from '@voxport/mapping';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse();
});
afterAll(() => warehouse[Symbol.asyncDispose]());

type Children = Partial<Omit<ConversationRows, 'conversation'>>;

/** A conversation of a test's own source, so that tests share one database. */
function call(
  sourceId: string,
  id: string,
  cells: Partial<ConversationRow>,
  children: Children = {},
): ConversationRows {
  return {
    ...emptyRows(sourceId, id, { status: 'done', started_at: '2026-06-01T10:00:00Z', agent_id: 'agent_a', ...cells }),
    ...children,
  };
}

async function load(...rows: ConversationRows[]): Promise<void> {
  await warehouse.database.kysely.transaction().execute(async (transaction) => {
    await upsertConversations(
      transaction,
      rows.map((each) => observation(each, 1)),
      { mirrorDeletions: false },
    );
  });
}

async function read(view: string, sourceId: string, order: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ row: Record<string, unknown> }>`
    select to_jsonb(v) - 'source_id' as row from ${sql.table(`voxport.${view}`)} v where source_id = ${sourceId} order by ${sql.raw(order)}
  `.execute(warehouse.database.kysely);
  return rows.map(({ row }) => row);
}

test('conversation_transcripts writes the dialogue in the order of the turns, without silent ones', async () => {
  const key = { source_id: 'transcripts', conversation_id: 'talk' };
  const said: [string | null, string | null][] = [
    ['user', 'Hello'],
    ['agent', 'Hi.\nHow may I help?'],
    ['agent', null],
    ['user', ''],
    [null, 'beep'],
    ...Array.from({ length: 6 }, (): [string, null] => ['agent', null]),
    ['agent', 'Bye'],
  ];
  await load(
    call(
      'transcripts',
      'talk',
      { turn_count: said.length, summary_title: 'Greeting' },
      {
        transcriptTurns: said.map(([role, message], index) =>
          rowOf(transcriptTurns, { ...key, turn_index: index, role, message }),
        ),
      },
    ),
    call('transcripts', 'silence', {}),
  );
  expect(await read('conversation_transcripts', 'transcripts', 'conversation_id')).toMatchObject([
    { conversation_id: 'silence', transcript: null },
    {
      conversation_id: 'talk',
      turn_count: 12,
      summary_title: 'Greeting',
      transcript: 'user: Hello\nagent: Hi.\nHow may I help?\nunknown: beep\nagent: Bye',
    },
  ]);
});

test('daily_agent_stats counts by day in UTC and by agent, and divides only what was judged', async () => {
  await load(
    call('daily', 'd1', {
      started_at: '2026-06-01T23:59:59Z',
      agent_name: 'Old',
      call_successful: 'success',
      duration_secs: 60,
      turn_count: 4,
      rating: 5,
      cost_credits: 100,
      cost_usd: '0.01',
      llm_cost_usd: '0.001',
    }),
    call('daily', 'd2', {
      started_at: '2026-06-01T00:00:00Z',
      agent_name: 'Older',
      call_successful: 'failure',
      duration_secs: 30,
      turn_count: 2,
      cost_credits: 50,
      llm_cost_usd: '0.002',
    }),
    call('daily', 'd3', { started_at: '2026-06-01T12:00:00Z', call_successful: 'unknown', status: 'failed' }),
    call('daily', 'd4', { started_at: '2026-06-01T12:00:00Z', call_successful: 'success' }),
    call('daily', 'd5', { started_at: '2026-06-02T00:00:00Z' }),
    call('daily', 'd6', { started_at: '2026-06-02T00:00:00Z', agent_id: 'agent_b' }),
    call('daily', 'd7', { started_at: null }),
  );
  expect(await read('daily_agent_stats', 'daily', 'day, agent_id')).toMatchObject([
    {
      day: '2026-06-01',
      agent_id: 'agent_a',
      agent_name: 'Old',
      conversations: 4,
      successful: 2,
      unsuccessful: 1,
      success_rate: 2 / 3,
      failed: 1,
      duration_secs: 90,
      average_duration_secs: 45,
      average_turns: 3,
      average_rating: 5,
      ratings: 1,
      cost_credits: 150,
      cost_usd: 0.01,
      llm_cost_usd: 0.003,
    },
    { day: '2026-06-02', agent_id: 'agent_a', agent_name: null, conversations: 1, success_rate: null, cost_usd: null },
    { day: '2026-06-02', agent_id: 'agent_b', conversations: 1 },
  ]);
});

test('daily_llm_costs counts every generation once and tells the share of the cache', async () => {
  const usage = (id: string, scope: string, model: string, tokens: number) =>
    rowOf(llmUsage, {
      source_id: 'costs',
      conversation_id: id,
      scope,
      turn_index: scope === 'turn' ? 1 : -1,
      model,
      input_tokens: tokens,
      cache_read_tokens: tokens * 2,
      cache_write_tokens: tokens,
      output_tokens: 10,
      input_cost_usd: '0.1',
      cache_read_cost_usd: '0.02',
      cache_write_cost_usd: '0.03',
      output_cost_usd: '0.4',
      total_cost_usd: '0.55',
    });
  const scopes = (id: string, model: string, tokens: number) =>
    ['turn', 'call_initiated', 'call_irreversible'].map((scope) => usage(id, scope, model, tokens));
  await load(
    call('costs', 'c1', {}, { llmUsage: [...scopes('c1', 'small', 100), usage('c1', 'call_initiated', 'large', 1)] }),
    call('costs', 'c2', {}, { llmUsage: scopes('c2', 'small', 300) }),
    call(
      'costs',
      'c3',
      { started_at: '2026-06-02T10:00:00Z' },
      {
        llmUsage: [
          rowOf(llmUsage, {
            source_id: 'costs',
            conversation_id: 'c3',
            scope: 'call_initiated',
            turn_index: -1,
            model: 'small',
            input_tokens: 5,
          }),
        ],
      },
    ),
  );
  expect(await read('daily_llm_costs', 'costs', 'day, model')).toMatchObject([
    { day: '2026-06-01', model: 'large', conversations: 1, total_cost_usd: 0.55 },
    {
      day: '2026-06-01',
      model: 'small',
      conversations: 2,
      input_tokens: 400,
      cache_read_tokens: 800,
      cache_write_tokens: 400,
      output_tokens: 20,
      cache_share: 0.5,
      input_cost_usd: 0.2,
      output_cost_usd: 0.8,
      total_cost_usd: 1.1,
    },
    { day: '2026-06-02', model: 'small', conversations: 1, input_tokens: 5, cache_share: null, total_cost_usd: null },
  ]);
});

test('tool_performance leaves routing out, with what stands below it', async () => {
  const key = { source_id: 'tools', conversation_id: 't1', turn_index: 1 };
  const result = (index: number, cells: Partial<ToolResultRow>) =>
    rowOf(toolResults, { ...key, result_index: index, is_routing: false, ...cells });
  await load(
    call(
      'tools',
      't1',
      {},
      {
        toolCalls: [
          rowOf(toolCalls, { ...key, call_index: 0, tool_name: 'find', tool_type: 'webhook', is_routing: false }),
          rowOf(toolCalls, { ...key, call_index: 1, tool_name: 'find', tool_type: 'webhook', is_routing: false }),
          rowOf(toolCalls, {
            ...key,
            call_index: 2,
            tool_name: 'notify_condition_1_met',
            tool_type: 'workflow',
            is_routing: true,
          }),
          rowOf(toolCalls, {
            ...key,
            call_index: 3,
            tool_name: 'transfer_to_agent',
            is_routing: false,
            parent_result_index: 10,
            depth: 1,
          }),
          rowOf(toolCalls, { ...key, call_index: 4, tool_name: 'lost', tool_type: 'client', is_routing: false }),
        ],
        toolResults: [
          ...[1, 2, 3, 4].map((latency) =>
            result(latency, {
              tool_name: 'find',
              tool_type: 'webhook',
              latency_secs: latency,
              is_error: latency === 4,
            }),
          ),
          result(5, { tool_name: 'find', is_error: true, is_blocked: true }),
          result(10, { tool_name: 'notify_condition_1_met', is_routing: true, latency_secs: 99 }),
          result(11, { tool_name: 'transfer_to_agent', parent_result_index: 10, depth: 1, latency_secs: 99 }),
          result(12, { tool_name: 'end_call', tool_type: 'system', parent_result_index: null }),
        ],
      },
    ),
  );
  expect(await read('tool_performance', 'tools', 'tool_name')).toEqual([
    {
      tool_name: 'end_call',
      tool_type: 'system',
      conversations: 0,
      calls: 0,
      results: 1,
      errors: 0,
      blocked: 0,
      error_rate: 0,
      p50_latency_secs: null,
      p95_latency_secs: null,
    },
    {
      tool_name: 'find',
      tool_type: 'webhook',
      conversations: 1,
      calls: 2,
      results: 5,
      errors: 2,
      blocked: 1,
      error_rate: 0.4,
      p50_latency_secs: 2.5,
      p95_latency_secs: expect.closeTo(3.85, 9),
    },
    {
      tool_name: 'lost',
      tool_type: 'client',
      conversations: 1,
      calls: 1,
      results: 0,
      errors: 0,
      blocked: 0,
      error_rate: null,
      p50_latency_secs: null,
      p95_latency_secs: null,
    },
  ]);
});

test('evaluation_pass_rates divides by decided verdicts only', async () => {
  const verdict = (id: string, result: string | null, score: number | null) =>
    rowOf(evaluationResults, {
      source_id: 'passes',
      conversation_id: id,
      criteria_id: 'greeted',
      name: 'Greeted',
      result,
      score,
      max_score: score === null ? null : 10,
    });
  await load(
    call('passes', 'e1', { agent_name: 'Desk' }, { evaluationResults: [verdict('e1', 'success', 10)] }),
    call('passes', 'e2', { started_at: '2026-06-03T10:00:00Z' }, { evaluationResults: [verdict('e2', 'success', 5)] }),
    call('passes', 'e3', {}, { evaluationResults: [verdict('e3', 'failure', 0)] }),
    call('passes', 'e4', {}, { evaluationResults: [verdict('e4', 'unknown', null)] }),
    call('passes', 'e5', { agent_id: 'agent_b' }, { evaluationResults: [verdict('e5', null, null)] }),
  );
  expect(await read('evaluation_pass_rates', 'passes', 'agent_id')).toMatchObject([
    {
      agent_id: 'agent_a',
      agent_name: 'Desk',
      criteria_id: 'greeted',
      criteria_name: 'Greeted',
      evaluations: 4,
      passed: 2,
      failed: 1,
      undecided: 1,
      pass_rate: 2 / 3,
      average_score_share: 0.5,
      first_call_at: '2026-06-01T10:00:00+00:00',
      last_call_at: '2026-06-03T10:00:00+00:00',
    },
    { agent_id: 'agent_b', evaluations: 1, undecided: 1, pass_rate: null },
  ]);
});

test('turn_latency gives percentiles by agent of the turn, day and metric', async () => {
  const key = { source_id: 'latency', conversation_id: 'l1' };
  await load(
    call(
      'latency',
      'l1',
      {},
      {
        transcriptTurns: [
          ...Array.from({ length: 11 }, (_, index) =>
            rowOf(transcriptTurns, { ...key, turn_index: index, agent_id: 'agent_b' }),
          ),
          rowOf(transcriptTurns, { ...key, turn_index: 11 }),
        ],
        turnMetrics: [
          ...Array.from({ length: 11 }, (_, index) =>
            rowOf(turnMetrics, { ...key, turn_index: index, metric: 'ttfb', elapsed_secs: index }),
          ),
          rowOf(turnMetrics, { ...key, turn_index: 11, metric: 'ttfb', elapsed_secs: 7 }),
          rowOf(turnMetrics, { ...key, turn_index: 11, metric: 'empty', elapsed_secs: null }),
        ],
      },
    ),
  );
  expect(await read('turn_latency', 'latency', 'agent_id, metric')).toEqual([
    {
      day: '2026-06-01',
      agent_id: 'agent_a',
      metric: 'empty',
      turns: 0,
      average_secs: null,
      p50_secs: null,
      p90_secs: null,
      p95_secs: null,
      p99_secs: null,
      max_secs: null,
    },
    {
      day: '2026-06-01',
      agent_id: 'agent_a',
      metric: 'ttfb',
      turns: 1,
      average_secs: 7,
      p50_secs: 7,
      p90_secs: 7,
      p95_secs: 7,
      p99_secs: 7,
      max_secs: 7,
    },
    {
      day: '2026-06-01',
      agent_id: 'agent_b',
      metric: 'ttfb',
      turns: 11,
      average_secs: 5,
      p50_secs: 5,
      p90_secs: 9,
      p95_secs: 9.5,
      p99_secs: 9.9,
      max_secs: 10,
    },
  ]);
});

test('call_outcomes tells success, voicemail, transfer and containment of every call', async () => {
  const withResults = (id: string, cells: Partial<ConversationRow>, ...results: Partial<ToolResultRow>[]) =>
    call('outcomes', id, cells, {
      toolResults: results.map((result, index) =>
        rowOf(toolResults, {
          source_id: 'outcomes',
          conversation_id: id,
          turn_index: 1,
          result_index: index,
          is_error: false,
          is_routing: false,
          ...result,
        }),
      ),
    });
  await load(
    withResults(
      '1 contained',
      { call_successful: 'success', call_result: 'answered' },
      { result_type: 'end_call_success' },
    ),
    withResults('2 to a person', { call_successful: 'failure' }, { result_type: 'transfer_to_number_twilio_success' }),
    withResults(
      '3 transfer failed',
      {},
      { result_type: 'transfer_to_number_error' },
      { result_type: 'transfer_to_number_sip_success', is_error: true },
    ),
    withResults('4 to an agent', {}, { result_type: 'transfer_to_agent_success' }),
    withResults(
      '5 routed',
      {},
      { result_type: null, is_routing: true },
      { result_type: 'transfer_to_agent_success', parent_result_index: 0, depth: 1 },
    ),
    withResults('6 machine by tool', {}, { result_type: 'voicemail_detection_success' }),
    withResults('7 machine by phone', { call_result: 'voicemail' }),
    withResults('8 nobody', { call_result: 'no_answer' }),
    withResults('9 running', { status: 'in-progress' }),
  );
  const rows = await read('call_outcomes', 'outcomes', 'conversation_id');
  expect(
    rows.map((row) => [
      row['conversation_id'],
      row['is_successful'],
      row['is_voicemail'],
      row['is_transferred_to_agent'],
      row['is_transferred_to_number'],
      row['is_contained'],
    ]),
  ).toEqual([
    ['1 contained', true, false, false, false, true],
    ['2 to a person', false, false, false, true, false],
    ['3 transfer failed', null, false, false, false, true],
    ['4 to an agent', null, false, true, false, true],
    ['5 routed', null, false, false, false, true],
    ['6 machine by tool', null, true, false, false, null],
    ['7 machine by phone', null, true, false, false, null],
    ['8 nobody', null, false, false, false, null],
    ['9 running', null, false, false, false, null],
  ]);
  expect(rows[0]).toMatchObject({ day: '2026-06-01', status: 'done' });
});

test('pipeline_freshness tells the newest call, the lag and the open failures of every source', async () => {
  const { kysely } = warehouse.database;
  await sql`
    insert into voxport_ops.sources (source_id, dialect, base_url, paused_at, paused_reason)
    values ('fresh', 'elevenlabs', 'https://example.com', null, null),
           ('paused', 'elevenlabs', 'https://example.com', now(), 'the key was revoked')
  `.execute(kysely);
  await sql`
    insert into voxport_ops.coverage (source_id, dialect, filters, listed)
    values ('fresh', 'elevenlabs', '{}', tstzmultirange(tstzrange(null, now() - interval '90 seconds')))
  `.execute(kysely);
  await sql`
    insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message, first_failed_at, resolved_at)
    values ('fresh', 'fetch', 'f1', 'server_error', 'x', '2026-06-01T00:00:00Z', null),
           ('fresh', 'fetch', 'f2', 'server_error', 'x', '2026-06-02T00:00:00Z', null),
           ('fresh', 'fetch', 'f3', 'server_error', 'x', '2026-05-01T00:00:00Z', now())
  `.execute(kysely);
  await sql`
    insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin)
    values ('fresh', 'w1', 'discovered', now(), 'live', 'poll'), ('fresh', 'w2', 'fetched', now(), 'live', 'poll'), ('fresh', 'w3', 'loaded', now(), 'live', 'poll')
  `.execute(kysely);
  const newest = new Date(Date.now() - 3_600_000).toISOString();
  await load(
    call('fresh', 'n1', { started_at: newest }),
    call('fresh', 'n2', {}),
    call('fresh', 'n3', { started_at: null }),
  );
  const [row] = await read('pipeline_freshness', 'fresh', 'source_id');
  expect(row).toMatchObject({
    waiting_conversations: 2,
    open_failures: 2,
    oldest_open_failure_at: '2026-06-01T00:00:00+00:00',
    paused_at: null,
  });
  expect(new Date(row!['newest_call_at'] as string).toISOString()).toBe(newest);
  expect(row!['newest_call_age_secs']).toBeGreaterThanOrEqual(3600);
  expect(row!['newest_call_age_secs']).toBeLessThan(3700);
  expect(row!['lag_secs']).toBeGreaterThanOrEqual(90);
  expect(row!['lag_secs']).toBeLessThan(190);
  expect(row!['last_exported_at']).not.toBeNull();
  expect(await read('pipeline_freshness', 'paused', 'source_id')).toMatchObject([
    {
      newest_call_at: null,
      lag_secs: null,
      last_exported_at: null,
      waiting_conversations: 0,
      open_failures: 0,
      paused_reason: 'the key was revoked',
    },
  ]);
});
