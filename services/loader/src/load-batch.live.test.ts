import { createHash } from 'node:crypto';
import { createTestDatabase } from '@voxport/testkit';
import { makeUniverse } from '@voxport/simulator';
import { makeLogger } from '@voxport/runtime';
import {
  connectDatabase,
  decodeBody,
  insertWindows,
  landPayloads,
  migrateDatabase,
  prepareLanding,
  registerSource,
  runQuery,
  savePage,
  startRun,
  type Database,
} from '@voxport/warehouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLoadBatch } from './load-batch.ts';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const created = await createTestDatabase({
    template: { name: 'warehouse', prepare: async (url) => void (await migrateDatabase({ url, onWarning: () => {} })) },
  });
  database = connectDatabase({ url: created.url, poolSizeMax: 6, applicationName: 'test', onPoolError: () => {} });
  drop = () => created.drop();
  // What a mapping that we got wrong would run into: a row that Postgres refuses.
  await runQuery(
    database.kysely,
    "alter table voxport.conversations add constraint refused_for_the_test check (summary_title is distinct from 'poison')",
  );
});
afterAll(async () => {
  await database.close();
  await drop();
});

const universe = makeUniverse({ conversationCount: 300, seed: 5, turnsPerConversation: 2 });
let sources = 0;

/** A source of a test's own, with conversations that are wanted. */
async function openSource(ids: readonly string[]) {
  const { kysely } = database;
  sources += 1;
  const sourceId = `source-${sources}`;
  await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
  const list = async (look: string): Promise<void> => {
    const runId = await startRun(kysely, { kind: 'sync', sourceId, range: null, filters: {} });
    const range = { after: null, before: new Date() };
    const [window] = await insertWindows(kysely, {
      runId,
      sourceId,
      ranges: [range],
      filters: {},
      priority: 'live',
      origin: 'poll',
    });
    await savePage(kysely, {
      window: window!,
      page: {
        conversations: ids.map((conversationId) => ({
          conversationId,
          agentId: null,
          startedAt: null,
          status: 'done',
          isTerminal: true,
          fingerprint: createHash('sha256').update(`${conversationId}-${look}`).digest('hex').slice(0, 32),
          row: { conversation_id: conversationId },
        })),
        nextCursor: null,
        hasMore: false,
        totalCount: null,
        rowCount: ids.length,
        unusableRows: [],
      },
    });
  };
  await list('first');
  return {
    sourceId,
    list,
    async land(
      bodies: readonly (readonly [id: string, body: string])[],
      generation = 1,
      receivedAtMs = performance.now(),
    ) {
      const landings = bodies.map(([conversationId, body]) =>
        prepareLanding({ payload: { conversationId, body: Buffer.from(body), receivedAtMs }, generation }),
      );
      await landPayloads(kysely, sourceId, await Promise.all(landings));
    },
    loadBatch: makeLoadBatch({
      database,
      sourceId,
      dialect: 'elevenlabs',
      mirrorDeletions: false,
      checkInSecs: () => null,
      wantsAudio: false,
      logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
    }),
    async rows(statement: string): Promise<Record<string, unknown>[]> {
      return runQuery(kysely, statement.replaceAll('$source', `'${sourceId}'`));
    },
  };
}

const idAt = (index: number): string => universe.conversationIdAt(index);
const bodyOf = (id: string): string => universe.detailText(id)!;

/** The detail of a conversation with something of it changed. */
function changed(id: string, change: (detail: { analysis: Record<string, unknown> | null }) => void): string {
  const detail = JSON.parse(bodyOf(id)) as { analysis: Record<string, unknown> | null };
  change(detail);
  return JSON.stringify(detail);
}

const titled = (id: string, title: string): string =>
  changed(id, (detail) => void (detail.analysis = { ...detail.analysis, call_summary_title: title }));

test('there is nothing to do when nothing has landed', async () => {
  const { loadBatch } = await openSource([]);
  expect(await loadBatch()).toBe(0);
});

test('what has landed becomes rows, and its detail request ends', async () => {
  const ids = [idAt(1), idAt(2), idAt(3)];
  const source = await openSource(ids);
  await source.land(ids.map((id) => [id, bodyOf(id)]));
  expect(await source.loadBatch()).toBe(3);
  expect(await source.loadBatch()).toBe(0);
  expect(await source.rows('select count(*) from voxport.conversations where source_id = $source')).toEqual([
    { count: 3 },
  ]);
  expect(
    await source.rows('select distinct state, load_outcome from voxport_ops.inventory where source_id = $source'),
  ).toEqual([{ state: 'loaded', load_outcome: 'inserted' }]);
});

test('a conversation that Postgres refuses ends in the failures with its payload, and the rest of its batch loads', async () => {
  const ids = Array.from({ length: 41 }, (_, index) => idAt(10 + index));
  const poison = new Set([ids[0]!, ids[17]!, ids[40]!]);
  const source = await openSource(ids);
  await source.land(ids.map((id) => [id, poison.has(id) ? titled(id, 'poison') : bodyOf(id)]));
  expect(await source.loadBatch()).toBe(41);

  expect(await source.rows('select count(*) from voxport.conversations where source_id = $source')).toEqual([
    { count: 38 },
  ]);
  const failures = await source.rows(
    `select f.conversation_id as id, stage, error_class, message, p.state, p.encoding, p.body, p.size_bytes::int
     from voxport_ops.failures f join voxport_raw.payloads p using (payload_id) where f.source_id = $source and resolved_at is null`,
  );
  expect(new Set(failures.map((failure) => failure['id']))).toEqual(poison);
  for (const failure of failures) {
    expect(failure).toMatchObject({ stage: 'load', error_class: 'mapping', state: 'failed' });
    expect(failure['message']).toContain('refused_for_the_test');
    const { encoding, body, size_bytes: sizeBytes } = failure as { encoding: string; body: Buffer; size_bytes: number };
    expect(Buffer.from(await decodeBody({ encoding, body, sizeBytes })).toString()).toBe(
      titled(String(failure['id']), 'poison'),
    );
  }
  expect(
    await source.rows(
      'select state, count(*) from voxport_ops.inventory where source_id = $source group by 1 order by 1',
    ),
  ).toEqual([
    { state: 'failed', count: 3 },
    { state: 'loaded', count: 38 },
  ]);

  // Nothing of a refused conversation is left half written.
  const left = [...poison].map((id) => `'${id}'`).join(',');
  expect(
    await source.rows(
      `select count(*) from voxport.transcript_turns where source_id = $source and conversation_id in (${left})`,
    ),
  ).toEqual([{ count: 0 }]);
});

test('a refused conversation that comes good later is loaded, and its failure closed', async () => {
  const id = idAt(60);
  const source = await openSource([id]);
  await source.land([[id, titled(id, 'poison')]]);
  await source.loadBatch();
  await source.list('second');
  await source.land([[id, bodyOf(id)]], 2);
  await source.loadBatch();
  expect(await source.rows('select resolution from voxport_ops.failures where source_id = $source')).toEqual([
    { resolution: 'recovered' },
  ]);
  expect(await source.rows('select state from voxport_ops.inventory where source_id = $source')).toEqual([
    { state: 'loaded' },
  ]);
});

test('a payload that is not a conversation ends in the failures and stays in the raw store; its neighbours load', async () => {
  const [good, list, text, other] = [idAt(70), idAt(71), idAt(72), idAt(73)];
  const source = await openSource([good, list, text, other]);
  await source.land([
    [good, bodyOf(good)],
    [list, '[1,2]'],
    [text, '{"conversation_id": "conv_'],
    [other, bodyOf(idAt(74))],
  ]);
  expect(await source.loadBatch()).toBe(4);
  expect(await source.rows('select conversation_id from voxport.conversations where source_id = $source')).toEqual([
    { conversation_id: good },
  ]);
  const failures = await source.rows(
    'select conversation_id, error_class, payload_id from voxport_ops.failures where source_id = $source',
  );
  expect(new Set(failures.map((failure) => failure['conversation_id']))).toEqual(new Set([list, text, other]));
  for (const failure of failures)
    expect(failure).toMatchObject({ error_class: 'unusable_payload', payload_id: expect.any(Number) });
  expect(await source.rows('select count(*) from voxport_raw.payloads where source_id = $source')).toEqual([
    { count: 4 },
  ]);
});

test('a stored body that cannot be decoded is the failure of its conversation; the same answer once more replaces it', async () => {
  const [good, damaged, cut] = [idAt(75), idAt(76), idAt(77)];
  const source = await openSource([good, damaged, cut]);
  const bodies = [good, damaged, cut].map((id): [string, string] => [id, bodyOf(id)]);
  await source.land(bodies);
  const damage = (id: string, body: string) =>
    source.rows(
      `with changed as (update voxport_raw.payloads set body = ${body} where source_id = $source and conversation_id = '${id}' returning 1) select 1 from changed`,
    );
  await damage(damaged, `'\\x00ff00'`);
  await damage(cut, 'substring(body from 1 for length(body) / 2)');
  expect(await source.loadBatch()).toBe(3);
  const ids = () =>
    source.rows('select conversation_id from voxport.conversations where source_id = $source order by 1');
  expect(await ids()).toEqual([{ conversation_id: good }]);
  const failures = () =>
    source.rows(
      `select distinct error_class, resolution, count(*) from voxport_ops.failures where source_id = $source group by 1, 2`,
    );
  expect(await failures()).toEqual([{ error_class: 'damaged_payload', resolution: null, count: 2 }]);
  await source.land(bodies);
  expect(await source.loadBatch()).toBe(3);
  expect(await ids()).toHaveLength(3);
  expect(await failures()).toEqual([{ error_class: 'damaged_payload', resolution: 'recovered', count: 2 }]);
});

test('an older observation that is loaded late never wins', async () => {
  const id = idAt(80);
  const source = await openSource([id]);
  const now = performance.now();
  await source.land([[id, titled(id, 'newer')]], 1, now);
  await source.loadBatch();
  await source.land([[id, titled(id, 'older')]], 1, now - 60_000);
  expect(await source.loadBatch()).toBe(1);
  expect(await source.rows('select summary_title from voxport.conversations where source_id = $source')).toEqual([
    { summary_title: 'newer' },
  ]);
  expect(await source.rows('select distinct state from voxport_raw.payloads where source_id = $source')).toEqual([
    { state: 'loaded' },
  ]);
});

test('the same payload again changes nothing, when it was exported included', async () => {
  const id = idAt(81);
  const source = await openSource([id]);
  const snapshot = 'select exported_at, first_seen_at from voxport.conversations where source_id = $source';
  await source.land([[id, bodyOf(id)]]);
  await source.loadBatch();
  const before = await source.rows(snapshot);
  await source.land([[id, bodyOf(id)]]);
  expect(await source.loadBatch()).toBe(1);
  expect(await source.rows(snapshot)).toEqual(before);
});

test('two loaders share what has landed: each conversation is loaded once, and neither waits for nothing', async () => {
  const ids = Array.from({ length: 300 }, (_, index) => idAt(index));
  const source = await openSource(ids);
  await source.land(ids.map((id) => [id, bodyOf(id)]));
  const drain = async (): Promise<number> => {
    let count = 0;
    for (;;) {
      const loaded = await source.loadBatch();
      if (loaded === 0) return count;
      count += loaded;
    }
  };
  const counts = await Promise.all([drain(), drain()]);
  expect(counts[0] + counts[1]).toBe(300);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(await source.rows('select count(*) from voxport.conversations where source_id = $source')).toEqual([
    { count: 300 },
  ]);
});

test('a batch whose transaction fails leaves everything to the next', async () => {
  const id = idAt(90);
  const source = await openSource([id]);
  await source.land([[id, bodyOf(id)]]);
  const failing = makeLoadBatch({
    database,
    sourceId: source.sourceId,
    dialect: 'elevenlabs',
    mirrorDeletions: false,
    wantsAudio: false,
    checkInSecs: () => {
      throw new Error('the process dies');
    },
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
  });
  await expect(failing()).rejects.toThrow('the process dies');
  expect(await source.rows('select 1 from voxport.conversations where source_id = $source')).toEqual([]);
  expect(await source.loadBatch()).toBe(1);
});
