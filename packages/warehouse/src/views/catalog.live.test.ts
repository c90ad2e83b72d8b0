import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { childTables, conversations, entityTables, historyColumns, presentColumns } from '@voxport/mapping';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse();
});
afterAll(() => warehouse[Symbol.asyncDispose]());

/** Set by the upsert, not by the mapping. */
const bookkeeping = {
  first_seen_at: 'timestamptz',
  exported_at: 'timestamptz',
  observed_at: 'timestamptz',
  origin: 'text',
  deleted_at: 'timestamptz',
};

/** Received by webhook, not mapped from a conversation. */
const initiationFailures = {
  source_id: 'text',
  conversation_id: 'text',
  agent_id: 'text',
  failure_reason: 'text',
  provider: 'text',
  occurred_at: 'timestamptz',
  details: 'jsonb',
};

/** Of sound files, not of payloads. */
const recordings = {
  source_id: 'text',
  conversation_id: 'text',
  state: 'text',
  location: 'text',
  content_type: 'text',
  size_bytes: 'bigint',
  sha256: 'text',
  stored_at: 'timestamptz',
  has_user_audio: 'boolean',
  has_response_audio: 'boolean',
  wanted_at: 'timestamptz',
  attempts: 'integer',
  tried_at: 'timestamptz',
  next_attempt_at: 'timestamptz',
  last_error_class: 'text',
  last_error: 'text',
  generation: 'integer',
  priority: 'text',
  // Under their names before 0.2, for one release.
  version: 'integer',
  lane: 'text',
  wanted_run_id: 'bigint',
  queued_at: 'timestamptz',
};

const views = [
  'agent_criteria_results',
  'call_outcomes',
  'conversation_transcripts',
  'daily_agent_stats',
  'daily_llm_costs',
  'evaluation_pass_rates',
  'pipeline_freshness',
  'tool_performance',
  'turn_latency',
];

/** The catalog's names of the types that tables/ uses. */
const typeNames: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  ARRAY: 'text[]',
};

test('the tables of the database are those of tables/, column by column and type', async () => {
  const { rows } = await sql<{ table: string; column: string; type: string }>`
    select c.table_name as table, c.column_name as column, c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'voxport' and t.table_type = 'BASE TABLE' order by c.table_name, c.ordinal_position
  `.execute(warehouse.database.kysely);
  const found: Record<string, [string, string][]> = {};
  for (const { table, column, type } of rows) (found[table] ??= []).push([column, typeNames[type] ?? type]);
  const expected: Record<string, [string, string][]> = {
    initiation_failures: Object.entries(initiationFailures),
    recordings: Object.entries(recordings),
  };
  for (const table of childTables) expected[table.name] = Object.entries(table.columns);
  for (const { table, hasHistory } of Object.values(entityTables).flat())
    expected[table.name] = Object.entries({ ...table.columns, ...(hasHistory ? historyColumns : presentColumns) });
  expected['conversations'] = Object.entries({ ...conversations.columns, ...bookkeeping });
  // A column that came later stands behind the bookkeeping: the order is nobody's business, since every statement names
  // its columns.
  const byName = (tables: Record<string, [string, string][]>) =>
    Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, columns.toSorted(compareNames)]));
  expect(byName(found)).toEqual(byName(expected));
});

test('the views of the contract are there', async () => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.views where table_schema = 'voxport' order by table_name
  `.execute(warehouse.database.kysely);
  expect(rows.map(({ name }) => name)).toEqual(views);
});

test('every table, view and column that anybody may read says what it is', async () => {
  const { rows } = await sql<{ place: string }>`
    with relations as (
      select c.oid, n.nspname || '.' || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('voxport', 'voxport_ops', 'voxport_raw') and c.relkind in ('r', 'v', 'm', 'p')
        and c.relname not in ('migrations', 'migrations_lock')
    ), described as (
      select name as place, obj_description(oid, 'pg_class') as comment from relations
      union all
      select name || '.' || attname, col_description(oid, attnum)
      from relations join pg_attribute on attrelid = oid where attnum > 0 and not attisdropped
    )
    select place from described where coalesce(trim(comment), '') = '' order by place
  `.execute(warehouse.database.kysely);
  expect(rows.map(({ place }) => place)).toEqual([]);
});

test('columns of money, time and credits have the type that their name promises', async () => {
  const { rows } = await sql<{ place: string }>`
    select table_name || '.' || column_name || ': ' || data_type as place from information_schema.columns
    where table_schema = 'voxport' and (
      column_name like '%\_at' and data_type <> 'timestamp with time zone'
      or column_name like '%\_usd' and data_type <> 'numeric'
      or column_name like '%\_credits' and data_type <> 'numeric'
      or column_name like '%\_secs' and data_type <> 'double precision'
      or column_name ~ '^(is|has)_' and data_type <> 'boolean')
  `.execute(warehouse.database.kysely);
  expect(rows).toEqual([]);
});

test('every child goes with its conversation', async () => {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_constraint join pg_class c on c.oid = conrelid
    where contype = 'f' and confrelid = 'voxport.conversations'::regclass and confdeltype = 'c' order by 1
  `.execute(warehouse.database.kysely);
  expect(rows.map(({ name }) => name)).toEqual(['recordings', ...childTables.map((table) => table.name)].toSorted());
});

function compareNames([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}
