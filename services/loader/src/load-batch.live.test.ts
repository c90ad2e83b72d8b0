import { createHash } from 'node:crypto';
import { createTestDatabase } from '@voxport/testkit';
import { makeUniverse } from '@voxport/simulator';
import { makeLandedBodies, makeLogger, type LandedBodies } from '@voxport/runtime';
import {
  connectDatabase,
  decodeBody,
  holdStoredPayloads,
  insertWindows,
  landPayloads,
  migrateDatabase,
  prepareLanding,
  registerSource,
  runQuery,
  savePage,
  startRun,
  removeSupersededPayloads,
  type Database,
  type RawHistory,
} from '@voxport/warehouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLoadBatch } from './load-batch.ts';
import { makeReloadBatch } from './reload-batch.ts';

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
async function openSource(
  ids: readonly string[],
  rawHistory: RawHistory = 'changed',
  landedBodies: LandedBodies = makeLandedBodies({ countMax: 0, bytesMax: 0 }),
) {
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
      rawHistory,
      checkInSecs: () => null,
      wantsAudio: false,
      landedBodies,
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

test('what this process has landed is loaded from memory, everything else from the table', async () => {
  const [own, other] = [idAt(4), idAt(5)];
  const landedBodies = makeLandedBodies({ countMax: 10, bytesMax: 1_000_000 });
  const source = await openSource([own, other], 'changed', landedBodies);
  await source.land([own, other].map((id) => [id, bodyOf(id)]));
  landedBodies.put(createHash('sha256').update(bodyOf(own)).digest(), Buffer.from(bodyOf(own)));
  // Read back, it could not be decoded.
  await source.rows(
    `update voxport_raw.payloads set body = 'damaged' where source_id = $source and conversation_id = '${own}'`,
  );
  expect(await source.loadBatch()).toBe(2);
  expect(
    await source.rows('select conversation_id from voxport.conversations where source_id = $source order by 1'),
  ).toEqual([own, other].toSorted().map((id) => ({ conversation_id: id })));
  expect(landedBodies.held().sha256s).toEqual([]);

  // Fetched again by somebody else: nothing is held of it any more.
  await source.rows("update voxport_raw.payloads set state = 'landed' where source_id = $source");
  expect(await source.loadBatch()).toBe(2);
  expect(
    await source.rows('select error_class, conversation_id from voxport_ops.failures where source_id = $source'),
  ).toEqual([{ error_class: 'damaged_payload', conversation_id: own }]);
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
    rawHistory: 'changed',
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

interface Detail {
  status: string;
  transcript: unknown[];
  analysis: Record<string, unknown> | null;
}

/** The detail of a conversation with some of its turns, whatever its status. */
function withTurns(id: string, status: string, turns: number): string {
  const detail = JSON.parse(bodyOf(id)) as Detail;
  return JSON.stringify({ ...detail, status, transcript: detail.transcript.slice(0, turns) });
}

type OpenSource = Awaited<ReturnType<typeof openSource>>;

/** Lands and loads these bodies, one after the other, each a second younger. */
async function loadEach(source: OpenSource, id: string, bodies: readonly string[]): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    await source.land([[id, body]], 1, performance.now() - (bodies.length - index) * 1000);
    await source.loadBatch();
  }
}

const versionsOf = (source: OpenSource): Promise<Record<string, unknown>[]> =>
  source.rows(
    'select is_interim, superseded_at is not null as is_superseded from voxport_raw.payloads where source_id = $source order by observed_at',
  );

const standing = { is_interim: false, is_superseded: false };
const superseded = { is_interim: false, is_superseded: true };

test.each([
  ['newest', [standing]],
  ['changed', [superseded, standing]],
  ['all', [{ ...superseded, is_interim: true }, { ...superseded, is_interim: true }, superseded, standing]],
] as const)(
  'raw_history %s: what is kept of a call that was polled while it ran, and changed later',
  async (rawHistory, kept) => {
    const id = idAt(100);
    const source = await openSource([id], rawHistory);
    await loadEach(source, id, [
      withTurns(id, 'in-progress', 1),
      withTurns(id, 'in-progress', 2),
      titled(id, 'first'),
      titled(id, 'second'),
    ]);
    expect(await versionsOf(source)).toEqual(kept);
    expect(await source.rows('select summary_title from voxport.conversations where source_id = $source')).toEqual([
      { summary_title: 'second' },
    ]);
  },
);

test('a call that is polled while it runs leaves one version, whatever the order in which they are loaded', async () => {
  const id = idAt(101);
  const source = await openSource([id]);
  const now = performance.now();
  await source.land([[id, withTurns(id, 'in-progress', 2)]], 1, now - 1000);
  await source.land([[id, bodyOf(id)]], 1, now);
  await source.land([[id, withTurns(id, 'in-progress', 1)]], 1, now - 2000);
  while ((await source.loadBatch()) > 0);
  expect(await versionsOf(source)).toEqual([standing]);
});

test('the payload that a kept transcript comes from is never removed: a reload needs it', async () => {
  const id = idAt(102);
  const source = await openSource([id], 'newest');
  await loadEach(source, id, [titled(id, 'with turns'), withTurns(id, 'done', 0)]);
  expect(await versionsOf(source)).toEqual([standing, standing]);
  const turns = 'select count(*) from voxport.transcript_turns where source_id = $source';
  const before = await source.rows(turns);
  await source.rows(
    'with gone as (delete from voxport.conversations where source_id = $source returning 1) select count(*) from gone',
  );
  const reloadBatch = makeReloadBatch({
    database,
    sourceId: source.sourceId,
    dialect: 'elevenlabs',
    mirrorDeletions: false,
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
  });
  await reloadBatch([id]);
  expect(await source.rows(turns)).toEqual(before);
});

test('what the API has shown is kept beside the newer payload of a webhook', async () => {
  const id = idAt(103);
  const source = await openSource([id], 'newest');
  await loadEach(source, id, [titled(id, 'of the API'), titled(id, 'later')]);
  await source.land([[id, titled(id, 'of a webhook')]]);
  await source.rows(
    `with hooked as (update voxport_raw.payloads set origin = 'webhook' where source_id = $source and state = 'landed' returning 1) select count(*) from hooked`,
  );
  await source.loadBatch();
  expect(
    await source.rows('select origin from voxport_raw.payloads where source_id = $source order by observed_at'),
  ).toEqual([{ origin: 'poll' }, { origin: 'webhook' }]);
});

test('superseded payloads go at their age, or when the policy does not keep them any more; what the rows come from stays', async () => {
  const id = idAt(104);
  const source = await openSource([id]);
  const { sourceId } = source;
  await loadEach(source, id, [titled(id, 'one'), titled(id, 'two'), titled(id, 'three')]);
  // The first once more: it is the newest now, and no version of the past.
  await source.land([[id, titled(id, 'one')]]);
  await source.loadBatch();
  expect(await versionsOf(source)).toEqual([superseded, superseded, standing]);
  const remove = (rawHistory: RawHistory, ageSecs: number | null): Promise<number> =>
    removeSupersededPayloads(database.kysely, { sourceId, rawHistory, ageSecs });
  expect(await remove('changed', null)).toBe(0);
  expect(await remove('changed', 3600)).toBe(0);
  await source.rows(
    `with aged as (update voxport_raw.payloads set superseded_at = now() - interval '2 hours'
     where payload_id = (select min(payload_id) from voxport_raw.payloads where source_id = $source and superseded_at is not null) returning 1) select count(*) from aged`,
  );
  expect(await remove('all', 3600)).toBe(1);
  expect(await remove('newest', null)).toBe(1);
  expect(await versionsOf(source)).toEqual([standing]);
});

test('a payload that a reload holds is left to the next load, and nobody waits', async () => {
  const id = idAt(105);
  const source = await openSource([id], 'newest');
  await loadEach(source, id, [titled(id, 'one')]);
  await source.land([[id, titled(id, 'two')]]);
  await database.kysely.transaction().execute(async (reload) => {
    await holdStoredPayloads(reload, { sourceId: source.sourceId, conversationIds: [id] });
    expect(await source.loadBatch()).toBe(1);
  });
  expect(await versionsOf(source)).toEqual([standing, standing]);
  await source.land([[id, titled(id, 'three')]]);
  await source.loadBatch();
  expect(await versionsOf(source)).toEqual([standing]);
});
