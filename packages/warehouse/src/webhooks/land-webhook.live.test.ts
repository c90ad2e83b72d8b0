import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { landTranscription, type WebhookTranscription } from './land-webhook.ts';
import type { WebhookEvent } from './record-event.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse({ poolSizeMax: 8 });
  await sql`insert into voxport_ops.sources (source_id, dialect, base_url) values ('a', 'elevenlabs', 'http://x')`.execute(
    warehouse.database.kysely,
  );
});
afterAll(() => warehouse[Symbol.asyncDispose]());

const eventAt = new Date('2026-09-01T10:00:00Z');
const event = (conversationId: string, changes: Partial<WebhookEvent> = {}) => ({
  sourceId: 'a',
  type: 'post_call_transcription',
  eventAt,
  signatureAgeSecs: 1,
  digest: Buffer.from(conversationId),
  ...changes,
  conversationId,
});
const transcription = (changes: Partial<WebhookTranscription> = {}): WebhookTranscription => ({
  body: Buffer.from('{"status": "done"}'),
  agentId: 'agent_1',
  startedAt: new Date('2026-09-01T09:00:00Z'),
  status: 'done',
  hasTranscript: true,
  ...changes,
});

async function enter(conversationId: string, state: string, changes: Record<string, string> = {}): Promise<void> {
  await sql`
    insert into voxport_ops.inventory (source_id, conversation_id, state, generation, started_at, priority, origin, wanted_at, erased_at)
    values ('a', ${conversationId}, ${state}, 4, '2026-09-01T09:00Z', 'backfill', 'backfill', ${changes['wanted_at'] ?? '2026-09-01T09:30Z'},
            ${changes['erased_at'] ?? null})
  `.execute(warehouse.database.kysely);
}

async function placeOf(conversationId: string): Promise<unknown> {
  const { rows } = await sql`
    select state, generation, priority, origin, (select count(*) from voxport_raw.payloads p where p.conversation_id = i.conversation_id) as payloads
    from voxport_ops.inventory i where conversation_id = ${conversationId}
  `.execute(warehouse.database.kysely);
  return rows[0];
}

const land = (conversationId: string, changes: Partial<WebhookTranscription> = {}) =>
  landTranscription(warehouse.database.kysely, event(conversationId), transcription(changes));

test.each([
  // A detail request that waits is left to its answer: the webhook may be older than what the list told of.
  ['discovered', {}, { state: 'discovered', generation: 4, priority: 'backfill', origin: 'backfill', payloads: 1 }],
  ['fetched', {}, { state: 'fetched', generation: 4, priority: 'backfill', origin: 'backfill', payloads: 1 }],
  ['loaded', {}, { state: 'loaded', generation: 4, priority: 'backfill', origin: 'backfill', payloads: 1 }],
  ['failed', {}, { state: 'fetched', generation: 4, priority: 'backfill', origin: 'webhook', payloads: 1 }],
  ['cancelled', {}, { state: 'fetched', generation: 4, priority: 'backfill', origin: 'webhook', payloads: 1 }],
  ['gone', {}, { state: 'fetched', generation: 4, priority: 'backfill', origin: 'webhook', payloads: 1 }],
  [
    'gone',
    { wanted_at: '2026-09-01T10:30Z' },
    { state: 'gone', generation: 4, priority: 'backfill', origin: 'backfill', payloads: 1 },
  ],
  [
    'gone',
    { erased_at: '2026-09-01T09:40Z' },
    { state: 'gone', generation: 4, priority: 'backfill', origin: 'backfill', payloads: 0 },
  ],
] as const)('a conversation that is %s (%j) becomes %j', async (state, changes, place) => {
  const conversationId = `${state}-${JSON.stringify(changes)}`;
  await enter(conversationId, state, changes);
  expect(await land(conversationId)).toMatchObject({ kind: place.payloads === 0 ? 'refused' : 'landed' });
  expect(await placeOf(conversationId)).toEqual(place);
});

test('one that nobody knew counts as fetched, and its content as of the time of the event', async () => {
  expect(await land('new')).toEqual({ kind: 'landed', wanted: null });
  expect(await placeOf('new')).toEqual({
    state: 'fetched',
    generation: 1,
    priority: 'live',
    origin: 'webhook',
    payloads: 1,
  });
  const { rows } =
    await sql`select observed_at, origin, kind, state from voxport_raw.payloads where conversation_id = 'new'`.execute(
      warehouse.database.kysely,
    );
  expect(rows).toEqual([{ observed_at: eventAt, origin: 'webhook', kind: 'conversation', state: 'landed' }]);
});

test('a time that is still to come is now', async () => {
  const early = event('early', { eventAt: new Date(Date.now() + 3_600_000) });
  await landTranscription(warehouse.database.kysely, early, transcription());
  const { rows } =
    await sql`select observed_at <= clock_timestamp() as past from voxport_raw.payloads where conversation_id = 'early'`.execute(
      warehouse.database.kysely,
    );
  expect(rows).toEqual([{ past: true }]);
});

test('without a transcript the detail is wanted, once more where it was known', async () => {
  const request = { priority: 'live', runId: null };
  expect(await land('bare', { hasTranscript: false })).toEqual({
    kind: 'landed',
    wanted: { conversationId: 'bare', generation: 1, ...request },
  });
  await enter('bare-known', 'loaded');
  expect(await land('bare-known', { hasTranscript: false })).toEqual({
    kind: 'landed',
    wanted: { conversationId: 'bare-known', generation: 5, ...request },
  });
  expect(await placeOf('bare-known')).toEqual({
    state: 'discovered',
    generation: 5,
    priority: 'live',
    origin: 'poll',
    payloads: 1,
  });
});

test('of deliveries that come at once one lands, and the others are counted', async () => {
  const landed = await Promise.all(Array.from({ length: 6 }, () => land('often')));
  expect(landed.map(({ kind }) => kind).toSorted()).toEqual([
    ...Array.from({ length: 5 }, () => 'duplicate'),
    'landed',
  ]);
  const { rows } = await sql`select deliveries from voxport_ops.webhook_events where conversation_id = 'often'`.execute(
    warehouse.database.kysely,
  );
  expect(rows).toEqual([{ deliveries: 6 }]);
});
