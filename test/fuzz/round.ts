import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import {
  makeRedaction,
  memberText,
  type ConversationPayload,
  type ListFilters,
  type TimeRange,
} from '../../packages/domain/src/index.ts';
import type { Drift } from '../../packages/mapping/src/index.ts';
import type { ServiceContext } from '../../packages/runtime/src/index.ts';
import { openSource, type ConversationSource } from '../../packages/source/src/index.ts';
import { decodeBody } from '../../packages/warehouse/src/index.ts';
import { makeSpoolBound, spoolBody } from '../../services/gateway/src/webhooks/spool-body.ts';
import { startWebhooks } from '../../services/gateway/src/webhooks/start-webhooks.ts';
import { reload } from '../../services/loader/src/reload.ts';
import { redactPage, redactPayload } from '../../services/worker/src/redact.ts';
import { epochMs } from '../model/clock.ts';
import { logger, makeLoader, makeScheduler, makeWorker, type SourceSettings } from '../model/fleet.ts';
import { makeModelQueue } from '../model/queue.ts';
import type { Store } from '../model/store.ts';
import type { startApiServer, ServedSource } from './api-server.ts';
import { differing, readCells, type Keys } from './cells.ts';
import { makeCases, makeWebhooks, type Case, type WebhookCase } from './cases.ts';
import { checkCase } from './check-case.ts';
import type { Document } from './documents.ts';
import { makeRandom } from './random.ts';
import { binaryOf } from './tree.ts';
import type { Mutation } from './mutations.ts';

/** What must hold, whatever came. */
export const invariants = ['listed', 'raw', 'untouched', 'drift', 'webhook', 'stable', 'reload', 'views'] as const;
export type Invariant = (typeof invariants)[number];

/** An invariant that a round has broken. */
export interface Finding {
  readonly invariant: Invariant;
  readonly subject: string;
  readonly message: string;
}

export interface RoundCounts {
  payloads: number;
  mutations: number;
  twins: number;
  webhooks: number;
  cells: number;
  loaded: number;
  failed: number;
}

export interface Stage {
  readonly store: Store;
  readonly keys: Keys;
  readonly documents: readonly Document[];
  readonly served: { readonly mutated: ServedSource; readonly twin: ServedSource };
  readonly server: Awaited<ReturnType<typeof startApiServer>>;
  readonly conversations: number;
  readonly webhooks: number;
}

const never = new AbortController().signal;
const redaction = makeRedaction({ rules: [], hash: null });

/**
 * Plays a round from an empty database: two sources, one of which serves what was mutated, and a third that only has
 * webhooks. `falsify` breaks an invariant behind the product's back.
 */
export async function playRound(
  stage: Stage,
  seed: number,
  falsify: Invariant | null,
): Promise<{ counts: RoundCounts; findings: Finding[] }> {
  const { store, keys, served } = stage;
  const { query } = store;
  const random = makeRandom(seed);
  await store.reset(epochMs);
  const newestSecs = epochMs / 1000 - 3600;
  const cases = makeCases(random, stage.documents, stage.conversations, newestSecs);
  const hooks = makeWebhooks(random, stage.documents, stage.webhooks, newestSecs);
  served.mutated.conversations = cases;
  served.twin.conversations = cases.map((one) => ({ ...one, row: one.twinRow, detail: one.twinDetail }));
  served.mutated.spoiltPages.length = 0;
  if (random.chance(0.3)) served.mutated.spoiltPages.push((page) => page.subarray(0, random.below(page.length)));
  if (random.chance(0.1)) served.mutated.spoiltPages.push(() => Buffer.from(`{"conversations":${'['.repeat(50_000)}`));

  const findings: Finding[] = [];
  const find = (invariant: Invariant, subject: string, message: string): void =>
    void findings.push({ invariant, subject, message });

  const sources = [play(stage, served.mutated.sourceId), play(stage, served.twin.sourceId)];
  for (const source of sources) {
    await source.start();
    await source.sync();
  }
  const hooked = await playWebhooks(stage, hooks, find);

  await sabotage(query, falsify, 'loaded');
  const places = new Map(
    (
      await query<{ id: string; state: string; row: Record<string, unknown> | null }>(
        `select conversation_id as id, state, listed_row as row from voxport_ops.inventory where source_id = $1`,
        [served.mutated.sourceId],
      )
    ).map((place) => [place.id, place]),
  );
  checkListed(served.mutated, places, find);
  await checkRaw(query, served.mutated.sourceId, cases, find);
  const [mutatedCells, twinCells] = [
    await readCells(query, keys, served.mutated.sourceId),
    await readCells(query, keys, served.twin.sourceId),
  ];
  const known = new Set(
    (
      await query<Drift>(`select path, kind, seen from voxport_ops.schema_drift where source_id = $1`, [
        served.mutated.sourceId,
      ])
    ).map(identityOf),
  );
  let cells = 0;
  for (const one of cases) {
    const [found, expected] = [mutatedCells.get(one.id) ?? new Map(), twinCells.get(one.id) ?? new Map()];
    cells += expected.size;
    const place = places.get(one.id);
    checkCase({
      one,
      keys,
      found,
      expected,
      listedRow: place?.row ?? null,
      isLoaded: place?.state === 'loaded',
      known,
      find,
    });
  }
  await checkWebhooks(query, hooks, hooked, find);
  await checkViews(query, find);
  if (falsify === 'views') await query(`drop view voxport_ops.sabotage`);

  const before = await digestTables(query, []);
  for (const source of sources) await source.sync();
  await sabotage(query, falsify, 'synced again');
  compare('stable', before, await digestTables(query, []));

  const clocks = ['exported_at', 'first_seen_at'];
  const whole = await digestTables(query, clocks);
  await query(`delete from voxport.conversations`);
  for (const sourceId of [...sources.map((source) => source.sourceId), hookSource])
    await reload({
      database: store.database,
      dialect: 'elevenlabs',
      mirrorDeletions: false,
      selection: { sourceId, from: null, to: null, agentId: null, conversationIds: null },
      logger,
      signal: never,
      onProgress: () => {},
    });
  await sabotage(query, falsify, 'reloaded');
  compare('reload', whole, await digestTables(query, clocks));
  for (const source of sources) await source.close();

  const mutated = cases.filter(({ ofDetail, ofRow }) => ofDetail.length + ofRow.length > 0);
  const states = [...places.values()].map(({ state }) => state);
  return {
    findings,
    counts: {
      payloads: mutated.length + hooks.length,
      mutations: [
        ...mutated.flatMap(({ ofDetail, ofRow }) => [...ofDetail, ...ofRow]),
        ...hooks.flatMap(({ mutations }) => mutations),
      ].length,
      twins: cases.length,
      webhooks: hooks.length,
      cells,
      loaded: states.filter((state) => state === 'loaded').length,
      failed: states.filter((state) => state === 'failed').length,
    },
  };

  function compare(invariant: Invariant, one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): void {
    for (const table of differing(one, other)) find(invariant, table, 'the table is not what it was');
  }
}

const hookSource = 'hooked';

function settingsOf(sourceId: string): SourceSettings {
  return { sourceId, filters: {}, since: null };
}

/** A source's scheduler, worker and loader, put together as the fleet has them, over HTTP. */
function play({ store, server }: Stage, sourceId: string) {
  const source: ConversationSource = openSource({
    sourceId,
    dialect: 'elevenlabs',
    baseUrl: server.urlOf(sourceId),
    apiKey: 'a-key',
    filters: {},
    connectionsMax: 2,
    userAgent: 'voxport fuzz',
  });
  const api = {
    listPage: async (asked: { range: TimeRange; cursor: string | null; filters: ListFilters }) =>
      redactPage(redaction, await source.listPage({ ...asked, pageSize: 100 }, never)),
    getConversation: async (id: string): Promise<ConversationPayload> =>
      redactPayload(redaction, await source.getConversation(id, never)),
    checkAccess: () => source.checkAccess(never),
  };
  const parts = { database: store.database, queue: makeModelQueue(), api };
  const settings = settingsOf(sourceId);
  const [scheduler, worker, loader] = [
    makeScheduler(settings, parts),
    makeWorker(settings, parts),
    makeLoader(settings, parts),
  ];

  /** Works until nothing is left to do at once, or to be tried again. Loads now and then, so that batches hold many. */
  async function drain(): Promise<void> {
    for (;;) {
      const jobs = parts.queue.takeable();
      for (const job of jobs) await worker.work(job);
      await loader.load();
      if (jobs.length > 0) continue;
      const dueMs = parts.queue.nextDueMs();
      if (dueMs === null) return;
      await store.leapTo(dueMs);
    }
  }

  return {
    sourceId,
    start: () => scheduler.start(),
    async sync() {
      await scheduler.syncSource();
      await drain();
      await scheduler.sweepSource();
      await drain();
      await scheduler.sweepSource();
    },
    close: () => source.close(),
  };
}

/** What must be wrong for an invariant to be seen to break. */
async function sabotage(
  query: Store['query'],
  falsify: Invariant | null,
  moment: 'loaded' | 'synced again' | 'reloaded',
): Promise<void> {
  const statements: Readonly<Record<Invariant, readonly [typeof moment, string]>> = {
    listed: ['loaded', `delete from voxport_ops.inventory where conversation_id = 'conv_fuzz_3'`],
    raw: [
      'loaded',
      `update voxport_raw.payloads set body = 'x', size_bytes = 1, encoding = 'identity' where source_id = 'mutated'`,
    ],
    untouched: ['loaded', `update voxport.transcript_turns set message = 'sabotage' where source_id = 'mutated'`],
    drift: ['loaded', `delete from voxport_ops.schema_drift where source_id = 'mutated'`],
    webhook: ['loaded', `delete from voxport_raw.webhook_bodies`],
    stable: [
      'synced again',
      `update voxport.conversations set exported_at = now() where conversation_id = (select min(conversation_id) from voxport.conversations)`,
    ],
    reload: ['reloaded', `delete from voxport.transcript_turns where turn_index = 0`],
    views: [
      'loaded',
      `create or replace view voxport_ops.sabotage as select 1 / (count(*) - count(*)) as broken from voxport.conversations`,
    ],
  };
  if (falsify !== null && statements[falsify][0] === moment) await query(statements[falsify][1]);
}

/** Every id that a page told of has a place, and an end. */
function checkListed(
  source: ServedSource,
  places: ReadonlyMap<string, { state: string }>,
  find: (invariant: Invariant, subject: string, message: string) => void,
): void {
  for (const { row } of source.conversations) {
    const id = idOf(row);
    if (id === null) continue;
    const state = places.get(id)?.state;
    if (state !== 'loaded' && state !== 'failed')
      find('listed', id, `is listed, and ${state ?? 'nowhere to be found'}`);
  }
}

function idOf(row: Buffer): string | null {
  const { conversation_id: id } = JSON.parse(row.toString('utf8')) as { conversation_id?: unknown };
  if (typeof id === 'string') return id.trim() === '' ? null : id;
  return typeof id === 'number' || typeof id === 'boolean' ? String(id) : null;
}

/** What was stored of an answer is what came, byte for byte, but for what stands below headers. */
async function checkRaw(
  query: Store['query'],
  sourceId: string,
  cases: readonly Case[],
  find: (invariant: Invariant, subject: string, message: string) => void,
): Promise<void> {
  const rows = await query<{ id: string; encoding: string; sizeBytes: number; body: Buffer }>(
    `select conversation_id as id, encoding, size_bytes as "sizeBytes", body from voxport_raw.payloads where source_id = $1`,
    [sourceId],
  );
  const byId = new Map(cases.map((one) => [one.id, one]));
  for (const row of rows) {
    const one = byId.get(row.id);
    if (one === undefined) continue;
    const stored = Buffer.from(await decodeBody(row));
    if (!isAsItCame(stored, one.detail)) find('raw', row.id, `is not stored as it came: ${namesOf(one.ofDetail)}`);
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function isAsItCame(stored: Buffer, sent: Buffer): boolean {
  const came = sent.subarray(0, 3).equals(byteOrderMark) ? sent.subarray(3) : sent;
  if (!hasHeaders(came)) return stored.equals(came);
  return isRedacted(stored, came);
}

/** Where an answer is no JSON nobody knows where a header ends: more of it may be missing. */
function isRedacted(kept: Buffer, came: Buffer): boolean {
  if (kept.includes('of-a-secret')) return false;
  try {
    JSON.parse(came.toString('utf8'));
  } catch {
    return kept.length > 0;
  }
  return foreignBytes(kept) === foreignBytes(came);
}

function hasHeaders(body: Buffer): boolean {
  return /headers\\*"\s*:/iu.test(body.toString('latin1'));
}

/** The bytes beyond ASCII, in their order: no header that is played has one. */
function foreignBytes(body: Buffer): string {
  return body.toString('latin1').replaceAll(/[\0-\x7f]/g, '');
}

function namesOf(mutations: readonly Mutation[]): string {
  return mutations.map(({ name, path }) => `${name} at ${path?.join('.') ?? 'the bytes'}`).join(', ');
}

/** Takes webhooks in as the gateway does, and loads what they brought. Resolves with the status of each. */
async function playWebhooks(
  { store }: Stage,
  hooks: readonly WebhookCase[],
  find: (invariant: Invariant, subject: string, message: string) => void,
): Promise<number[]> {
  const settings = settingsOf(hookSource);
  const queue = makeModelQueue();
  const nothing = { listPage: failing, getConversation: failing, checkAccess: failing };
  const scheduler = makeScheduler(settings, { database: store.database, queue, api: nothing });
  await scheduler.start();
  const config = {
    sourceId: hookSource,
    filters: {},
    since: null,
    mode: 'poll',
    webhookSecrets: [{ reveal: () => 'secret' }],
    audio: null,
    redact: { rules: [], key: null },
  };
  const source = { config, producer: queue.producerFor(scheduler.mortal) };
  const webhooks = await startWebhooks({
    database: store.database,
    logger,
    sources: [source],
  } as unknown as ServiceContext);
  const { take, bytesMax, keptBytesMax } = webhooks.of(hookSource)!;
  const statuses: number[] = [];
  for (const { id, body } of hooks) {
    await using spooled = await spoolBody(chunksOf(body), {
      bytesMax,
      keptBytesMax,
      onChunk: () => {},
      spool: makeSpoolBound(tmpdir()),
    });
    try {
      statuses.push((await take(spooled, 1)).status);
    } catch (error) {
      statuses.push(500);
      find('webhook', id, `is refused: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await webhooks.close();
  await makeLoader(settings, { database: store.database, queue: alwaysAwake(queue) }).load();
  return statuses;
}

function alwaysAwake(queue: ReturnType<typeof makeModelQueue>): ReturnType<typeof makeModelQueue> {
  queue.wakes.add(0);
  return queue;
}

async function failing(): Promise<never> {
  throw new Error('This source is never asked.');
}

async function* chunksOf(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

/** Every webhook that was acknowledged is in the database, byte for byte. */
async function checkWebhooks(
  query: Store['query'],
  hooks: readonly WebhookCase[],
  statuses: readonly number[],
  find: (invariant: Invariant, subject: string, message: string) => void,
): Promise<void> {
  for (const [index, { id, body, plain, mutations }] of hooks.entries()) {
    if (statuses[index] !== 200) continue;
    const digest = createHash('sha256').update(body).digest();
    const [event] = await query<{ eventId: number; state: string; conversationId: string | null }>(
      `select event_id as "eventId", state, conversation_id as "conversationId" from voxport_ops.webhook_events where source_id = $1 and digest = $2`,
      [hookSource, digest],
    );
    const told = `${id} (${namesOf(mutations)})`;
    if (event === undefined) {
      find('webhook', told, 'was acknowledged, and there is no event');
      continue;
    }
    const stored =
      event.state === 'landed'
        ? await query<{ encoding: string; sizeBytes: number; body: Buffer }>(
            `select encoding, size_bytes as "sizeBytes", body from voxport_raw.payloads where source_id = $1 and conversation_id = $2`,
            [hookSource, event.conversationId],
          )
        : await query<{ encoding: string; sizeBytes: number; body: Buffer }>(
            `select encoding, size_bytes as "sizeBytes", body from voxport_raw.webhook_bodies where event_id = $1`,
            [event.eventId],
          );
    const bodies = await Promise.all(stored.map(async (row) => Buffer.from(await decodeBody(row))));
    const isKept = bodies.some((kept) =>
      event.state === 'landed' ? isOfEvent(kept, plain) : isKeptAsItCame(kept, plain),
    );
    if (!isKept)
      find('webhook', told, `was acknowledged (${event.state}), and is not kept as it came (${bodies.length} bodies)`);
  }
}

/** As `isAsItCame`, where a byte order mark stays. */
function isKeptAsItCame(kept: Buffer, sent: Buffer): boolean {
  return hasHeaders(sent) ? isRedacted(kept, sent) : kept.equals(sent);
}

/** Whether a payload is a stretch of its event, or what its `data` spells, or the event without its envelope. */
function isOfEvent(kept: Buffer, sent: Buffer): boolean {
  if (hasHeaders(sent)) return !kept.includes('of-a-secret') && kept.length > 2;
  if (sent.includes(kept)) return true;
  const text = sent.toString('utf8');
  const event = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text) as Record<string, unknown>;
  if (typeof event['data'] === 'string') return kept.toString('utf8') === event['data'];
  // Inline: every member that is not the envelope's own, as it is spelt.
  const [ofSent, ofKept] = [sent.toString('latin1'), kept.toString('latin1')];
  return Object.keys(event).every(
    (key) =>
      ['type', 'event_timestamp', 'data'].includes(key) ||
      memberText(ofKept, binaryOf(key)) === memberText(ofSent, binaryOf(key)),
  );
}

/** Every cell of every view can be computed. */
async function checkViews(
  query: Store['query'],
  find: (invariant: Invariant, subject: string, message: string) => void,
): Promise<void> {
  const views = await query<{ name: string }>(
    `select format('%I.%I', schemaname, viewname) as name from pg_views where schemaname in ('voxport', 'voxport_ops') order by 1`,
  );
  for (const { name } of views) {
    try {
      await query(`select md5(string_agg(v::text, '')) from ${name} v`);
    } catch (error) {
      find('views', name, error instanceof Error ? error.message : String(error));
    }
  }
}

/** A digest of each table of schema `voxport`, without some columns. */
async function digestTables(query: Store['query'], without: readonly string[]): Promise<Map<string, string>> {
  const tables = await query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'voxport' order by 1`,
  );
  const digests = new Map<string, string>();
  for (const { name } of tables) {
    const [row] = await query<{ digest: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(line, E'\\n' order by line)), '') as digest
       from (select (to_jsonb(t) - $1::text[])::text as line from voxport.${name} t) lines`,
      [without],
    );
    digests.set(name, row!.digest);
  }
  return digests;
}

function identityOf({ path, kind, seen }: Drift): string {
  return JSON.stringify([path, kind, seen]);
}
