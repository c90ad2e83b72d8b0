import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cell, dumpSource, observation } from '../../test/load-items.ts';
import { emptyRows, rowOf, sampleRows } from '../../test/sample-rows.ts';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { conversations, transcriptTurns, turnMetrics } from '@voxport/mapping';
import { isDataError } from './database-errors.ts';
import type { LoadItem, LoadOptions, LoadOutcome } from './load-item.ts';
import { markDeleted } from './mark-deleted.ts';
import { upsertConversations } from './upsert-conversations.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse({ poolSizeMax: 8 });
});
afterAll(() => warehouse[Symbol.asyncDispose]());

const keep: LoadOptions = { mirrorDeletions: false };

function load(items: readonly LoadItem[], options: LoadOptions = keep): Promise<LoadOutcome[]> {
  return warehouse.database.kysely
    .transaction()
    .execute((transaction) => upsertConversations(transaction, items, options));
}

function dump(sourceId: string, ownTimes = true): Promise<Record<string, string[]>> {
  return dumpSource(warehouse.database.kysely, sourceId, { ownTimes });
}

async function count(table: string, id: string, where = sql`true`): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from ${sql.table(`voxport.${table}`)} where conversation_id = ${id} and ${where}
  `.execute(warehouse.database.kysely);
  return rows[0]!.count;
}

test('a batch of conversations stores every row of every table', async () => {
  const ids = ['whole_1', 'whole_2', 'whole_3'];
  const outcomes = await load(ids.map((id) => observation(sampleRows('whole', id), 1)));
  expect(outcomes).toEqual(['inserted', 'inserted', 'inserted']);
  const stored = await dump('whole');
  const { conversation: _, ...children } = sampleRows('whole', 'whole_1');
  const expected = Object.values(children).map((rows) => rows.length * 3);
  expect(Object.values(stored).map((rows) => rows.length)).toEqual([3, ...expected]);
});

test('every cell type arrives as it was given', async () => {
  const text = 'quote " backslash \\ comma , brace {} NULL null \n tab\t ümlaut 🎈 \'';
  const rows = emptyRows('cells', 'cells', {
    summary: text,
    agent_name: '',
    version_id: 'NULL',
    warnings: [text, '', 'NULL', '{}'],
    tag_ids: [],
    error_code: '9007199254740993',
    cost_usd: '0.1234567890123456789',
    llm_cost_usd: 1e-7,
    duration_secs: 0.1 + 0.2,
    text_only: false,
    started_at: '2026-06-24T21:26:24.267707Z',
    dynamic_variables: JSON.stringify({ text, nested: { a: [1, null, 'x"y\\z'] } }),
    extra: 'null',
  });
  await load([observation(rows, 1)]);
  const { rows: stored } = await sql`
    select summary, agent_name, version_id, warnings, tag_ids, error_code, cost_usd, llm_cost_usd, duration_secs, text_only,
           started_at = '2026-06-24T21:26:24.267707Z' as same_time, dynamic_variables, jsonb_typeof(extra) as extra, has_audio
    from voxport.conversations where conversation_id = 'cells'
  `.execute(warehouse.database.kysely);
  expect(stored).toEqual([
    {
      summary: text,
      agent_name: '',
      version_id: 'NULL',
      warnings: [text, '', 'NULL', '{}'],
      tag_ids: [],
      error_code: '9007199254740993',
      cost_usd: '0.1234567890123456789',
      llm_cost_usd: '0.0000001',
      duration_secs: 0.1 + 0.2,
      text_only: false,
      same_time: true,
      dynamic_variables: { text, nested: { a: [1, null, 'x"y\\z'] } },
      extra: 'null',
      has_audio: null,
    },
  ]);
});

test('the same observation again changes nothing, exported_at included', async () => {
  const item = observation(sampleRows('twice', 'twice'), 1);
  await load([item]);
  const before = await dump('twice');
  expect(await load([item])).toEqual(['unchanged']);
  expect(await load([item, { ...item }], { mirrorDeletions: true })).toEqual(['unchanged', 'unchanged']);
  expect(await dump('twice')).toEqual(before);
});

test('the same content seen later moves observed_at and origin only', async () => {
  await load([observation(sampleRows('later', 'later'), 1)]);
  const exportedAt = await cell(warehouse.database.kysely, 'later', 'exported_at');
  expect(await load([observation(sampleRows('later', 'later'), 9, { origin: 'refresh' })])).toEqual(['unchanged']);
  expect(await cell(warehouse.database.kysely, 'later', 'exported_at')).toBe(exportedAt);
  expect(await cell(warehouse.database.kysely, 'later', 'origin')).toBe('refresh');
  expect(await cell(warehouse.database.kysely, 'later', 'observed_at')).toContain('00:00:09');
});

test('a newer observation replaces the conversation and all its children, and keeps first_seen_at', async () => {
  await load([observation(sampleRows('newer', 'newer', { turns: 20 }), 1)]);
  const { kysely } = warehouse.database;
  const [firstSeenAt, exportedAt] = [
    await cell(kysely, 'newer', 'first_seen_at'),
    await cell(kysely, 'newer', 'exported_at'),
  ];
  const newest = sampleRows('newer', 'newer', { turns: 4, mark: 'second' });
  const emptied = { ...newest, conversation: { ...newest.conversation, rating: null, warnings: null } };
  expect(await load([observation(emptied, 2)])).toEqual(['updated']);
  expect(await cell(kysely, 'newer', 'first_seen_at')).toBe(firstSeenAt);
  expect(await cell(kysely, 'newer', 'exported_at')).not.toBe(exportedAt);
  expect(await cell(kysely, 'newer', 'rating')).toBeNull();
  expect(await count('transcript_turns', 'newer')).toBe(4);

  const direct = sampleRows('direct', 'newer', { turns: 4, mark: 'second' });
  await load([observation({ ...direct, conversation: { ...direct.conversation, rating: null, warnings: null } }, 2)]);
  expect(await dump('newer', false)).toEqual(await dump('direct', false));
});

test('an older observation never overwrites a newer one', async () => {
  await load([observation(sampleRows('older', 'older', { mark: 'second' }), 2)]);
  const before = await dump('older');
  expect(await load([observation(sampleRows('older', 'older', { mark: 'first' }), 1)])).toEqual(['older']);
  expect(await dump('older')).toEqual(before);
});

test('several observations of one conversation in one batch end in the newest', async () => {
  const outcomes = await load([
    observation(sampleRows('batch', 'batch', { mark: 'second', turns: 2 }), 2),
    observation(sampleRows('batch', 'batch', { mark: 'third', turns: 3 }), 3),
    observation(sampleRows('batch', 'batch', { mark: 'first', turns: 1 }), 1),
    observation(sampleRows('batch', 'other', { mark: 'first', turns: 1 }), 1),
  ]);
  expect(outcomes).toEqual(['older', 'inserted', 'older', 'inserted']);
  expect(await count('transcript_turns', 'batch')).toBe(3);
});

test('an emptied transcript keeps the captured turns and their counts, while the rest follows the newest payload', async () => {
  const full = sampleRows('emptied', 'emptied', { turns: 6 });
  await load([observation(full, 1)]);
  const bare = emptyRows('emptied', 'emptied', { status: 'done', turn_count: 0, message_count: 0, rating: 2 });
  expect(await load([observation(bare, 2)])).toEqual(['updated']);
  const { kysely } = warehouse.database;
  expect(await count('transcript_turns', 'emptied')).toBe(6);
  expect(await count('llm_usage', 'emptied', sql`scope = 'turn'`)).toBe(3);
  expect(await count('llm_usage', 'emptied', sql`scope <> 'turn'`)).toBe(0);
  expect(await count('evaluation_results', 'emptied')).toBe(0);
  expect(await cell(kysely, 'emptied', 'turn_count')).toBe('6');
  expect(await cell(kysely, 'emptied', 'tool_names')).toBe('{find_slot}');
  expect(await cell(kysely, 'emptied', 'rating')).toBe('2');
  expect(await cell(kysely, 'emptied', 'summary')).toBeNull();

  expect(await load([observation(bare, 3)], { mirrorDeletions: true })).toEqual(['updated']);
  expect(await count('transcript_turns', 'emptied')).toBe(0);
  expect(await count('turn_metrics', 'emptied')).toBe(0);
  expect(await cell(kysely, 'emptied', 'turn_count')).toBe('0');
});

test('a payload that says it lacks its transcript never erases one, mirrored deletions or not', async () => {
  await load([observation(sampleRows('lacking', 'lacking', { turns: 6 }), 1)]);
  const bare = emptyRows('lacking', 'lacking', { status: 'done', turn_count: 0 });
  await load([observation(bare, 2, { keepTranscript: true, origin: 'webhook' })], { mirrorDeletions: true });
  expect(await count('transcript_turns', 'lacking')).toBe(6);
  expect(await cell(warehouse.database.kysely, 'lacking', 'turn_count')).toBe('6');
});

test('a transcript that arrives after its newer, emptied observation is added', async () => {
  await load([observation(emptyRows('late', 'late', { status: 'done', turn_count: 0 }), 2)]);
  expect(await load([observation(sampleRows('late', 'late', { turns: 6 }), 1)])).toEqual(['updated']);
  expect(await count('transcript_turns', 'late')).toBe(6);
  expect(await cell(warehouse.database.kysely, 'late', 'turn_count')).toBe('6');
  expect(await cell(warehouse.database.kysely, 'late', 'summary')).toBeNull();
  expect(await cell(warehouse.database.kysely, 'late', 'observed_at')).toContain('00:00:02');
});

test('a reload writes known content again, of the newest observation only', async () => {
  const items = [
    observation(sampleRows('reload', 'reload', { mark: 'first' }), 1),
    observation(sampleRows('reload', 'reload', { mark: 'second' }), 2),
  ];
  await load(items);
  const before = await dump('reload', false);
  await sql`update voxport.conversations set summary = 'by hand' where source_id = 'reload'`.execute(
    warehouse.database.kysely,
  );
  await sql`delete from voxport.turn_metrics where source_id = 'reload'`.execute(warehouse.database.kysely);
  expect(await load(items, { ...keep, reload: true })).toEqual(['older', 'updated']);
  expect(await dump('reload', false)).toEqual(before);
});

test('a newer mapping of the same observation replaces its rows', async () => {
  await load([observation(sampleRows('mapped', 'mapped', { mark: 'by one' }), 1, { mappingVersion: 1 })]);
  expect(
    await load([observation(sampleRows('mapped', 'mapped', { mark: 'by two' }), 1, { mappingVersion: 2 })]),
  ).toEqual(['updated']);
  expect(
    await load([observation(sampleRows('mapped', 'mapped', { mark: 'by one' }), 1, { mappingVersion: 1 })]),
  ).toEqual(['older']);
  expect(await cell(warehouse.database.kysely, 'mapped', 'summary')).toContain('by two');
});

test('a conversation deleted from the table loads again, whatever was known of it', async () => {
  const item = observation(sampleRows('again', 'again'), 1);
  await load([item]);
  await sql`delete from voxport.conversations where source_id = 'again'`.execute(warehouse.database.kysely);
  expect(await count('transcript_turns', 'again')).toBe(0);
  expect(await load([item])).toEqual(['inserted']);
  expect(await count('transcript_turns', 'again')).toBe(20);
});

test('without its memory the loader still lets no older observation win', async () => {
  await load([observation(sampleRows('forgot', 'forgot', { mark: 'second' }), 2)]);
  await sql`delete from voxport_ops.loaded_conversations where source_id = 'forgot'`.execute(warehouse.database.kysely);
  const before = await dump('forgot');
  expect(await load([observation(sampleRows('forgot', 'forgot', { mark: 'first', turns: 3 }), 1)])).toEqual(['older']);
  expect(await dump('forgot')).toEqual(before);
});

test('a gone conversation keeps its rows and is marked; a later sight of it takes the mark away', async () => {
  const { kysely } = warehouse.database;
  const refs = [{ sourceId: 'gone', conversationId: 'gone' }];
  await load([observation(sampleRows('gone', 'gone'), 1)]);
  const marked = await kysely
    .transaction()
    .execute((transaction) => markDeleted(transaction, refs, '2026-11-01T00:00:05Z'));
  expect(marked).toBe(1);
  expect(
    await kysely.transaction().execute((transaction) => markDeleted(transaction, refs, '2026-11-01T00:00:05Z')),
  ).toBe(0);
  expect(await cell(kysely, 'gone', 'deleted_at')).toContain('00:00:05');
  expect(await count('transcript_turns', 'gone')).toBe(20);
  expect(await load([observation(sampleRows('gone', 'gone'), 4)])).toEqual(['unchanged']);
  expect(await cell(kysely, 'gone', 'deleted_at')).toContain('00:00:05');
  expect(await load([observation(sampleRows('gone', 'gone'), 6)])).toEqual(['updated']);
  expect(await cell(kysely, 'gone', 'deleted_at')).toBeNull();
  expect(
    await kysely.transaction().execute((transaction) => markDeleted(transaction, refs, '2026-11-01T00:00:05Z')),
  ).toBe(0);
});

test('a conversation known to be gone before it is loaded is loaded as gone', async () => {
  const { kysely } = warehouse.database;
  const refs = [{ sourceId: 'early', conversationId: 'early' }];
  await kysely.transaction().execute((transaction) => markDeleted(transaction, refs, '2026-11-01T00:00:05.123456Z'));
  expect(await load([observation(sampleRows('early', 'early'), 1)])).toEqual(['inserted']);
  expect(await cell(kysely, 'early', 'deleted_at')).toContain('00:00:05.123456');
});

test('loaders with overlapping batches in any order neither deadlock nor mix their rows', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `race_${index}`);
  const batchOf = (loader: number) =>
    ids
      .toSorted((a, b) => ((a.length * 7 + loader * 13) % 5) - ((b.length * 3 + loader) % 5))
      .map((id) => observation(sampleRows('race', id, { turns: 1 + loader, mark: `loader ${loader}` }), 1 + loader));
  await Promise.all(Array.from({ length: 6 }, (_, loader) => load(batchOf(loader))));
  for (const id of ids) expect(await count('transcript_turns', id)).toBe(6);
  await load(ids.map((id) => observation(sampleRows('calm', id, { turns: 6, mark: 'loader 5' }), 6)));
  expect(await dump('race', false)).toEqual(await dump('calm', false));
});

test.each([
  ['a NUL in a text', emptyRows('bad', 'bad', { summary: 'a\u0000b' }), '22021'],
  ['a number that is none', emptyRows('bad', 'bad', { cost_usd: 'much' }), '22P02'],
  ['a time that is none', emptyRows('bad', 'bad', { started_at: 'yesterday noon' }), '22007'],
  ['a number beyond its type', emptyRows('bad', 'bad', { error_code: '9223372036854775808' }), '22003'],
  ['a NUL in JSON', emptyRows('bad', 'bad', { extra: String.raw`"\u0000"` }), '22P05'],
  [
    'a turn twice',
    {
      ...emptyRows('bad', 'bad'),
      transcriptTurns: [0, 0].map((turn) =>
        rowOf(transcriptTurns, { source_id: 'bad', conversation_id: 'bad', turn_index: turn }),
      ),
    },
    '23505',
  ],
  [
    'a key too long for its index',
    {
      ...emptyRows('bad', 'bad'),
      turnMetrics: [
        rowOf(turnMetrics, {
          source_id: 'bad',
          conversation_id: 'bad',
          turn_index: 0,
          // Random, or it would be compressed below the limit.
          metric: randomBytes(9000).toString('base64'),
        }),
      ],
    },
    '54000',
  ],
])('%s is a data error that leaves nothing behind', async (_, rows, code) => {
  const error: unknown = await load([observation(rows, 1)]).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  expect(isDataError(error)).toBe(true);
  expect(await count('conversations', 'bad')).toBe(0);
});

test('an empty batch does nothing', async () => {
  expect(await load([])).toEqual([]);
});

test('every column of a conversation is written and replaced', async () => {
  const full = rowOf(conversations, { source_id: 'columns', conversation_id: 'columns' });
  const values: Record<string, unknown> = {
    text: 'x',
    'text[]': ['x'],
    bigint: 1,
    numeric: '1.5',
    'double precision': 1.5,
    boolean: true,
    timestamptz: '2026-01-01T00:00:00Z',
    jsonb: '{"a":1}',
  };
  for (const [column, type] of Object.entries(conversations.columns)) {
    if (column !== 'source_id' && column !== 'conversation_id') Object.assign(full, { [column]: values[type] });
  }
  await load([observation({ ...emptyRows('columns', 'columns'), conversation: full }, 1)]);
  const filled = JSON.parse((await dump('columns'))['conversations']![0]!) as Record<string, unknown>;
  expect(
    Object.entries(filled)
      .filter(([, value]) => value === null)
      .map(([column]) => column),
  ).toEqual(['deleted_at']);
  await load([observation(emptyRows('columns', 'columns'), 2)]);
  const emptied = JSON.parse((await dump('columns'))['conversations']![0]!) as Record<string, unknown>;
  expect(
    Object.keys(emptied)
      .filter((column) => emptied[column] !== null)
      .toSorted(),
  ).toEqual(['conversation_id', 'exported_at', 'first_seen_at', 'observed_at', 'origin']);
});
