import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline } from '../ops/ops-testing.ts';
import { decodeBody } from './encoding.ts';
import { landPayloads, prepareLanding } from './land-payloads.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a payload lands with its bytes as received, and ends its detail request', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')], { priority: 'backfill', origin: 'backfill' });
  const body = '{"text":"ünï \\u0000 😀"}';
  await source.land('a', 1, body);
  const [payload] = await source.payloads('a');
  expect(payload).toMatchObject({
    state: 'landed',
    generation: 1,
    origin: 'backfill',
    size_bytes: Buffer.byteLength(body),
    sha256: createHash('sha256').update(body).digest(),
  });
  const stored = {
    encoding: String(payload!['encoding']),
    body: payload!['body'] as Buffer,
    sizeBytes: Buffer.byteLength(body),
  };
  expect(Buffer.from(await decodeBody(stored)).toString()).toBe(body);
  const row = await source.inventory('a');
  expect(row).toMatchObject({ state: 'fetched' });
  expect(row['fetched_at']).toBeInstanceOf(Date);
});

test('the same content again is one payload, handed to the loader once more, observed later and never earlier', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  const now = performance.now();
  await source.land('a', 1, 'same', now - 60_000);
  const [first] = await source.payloads('a');
  await source.set(sql`update voxport_raw.payloads set state = 'loaded' where source_id = ${source.sourceId}`);
  await source.land('a', 1, 'same', now);
  const again = await source.payloads('a');
  expect(again).toHaveLength(1);
  expect(again[0]).toMatchObject({ payload_id: first!['payload_id'], state: 'landed', landed_at: first!['landed_at'] });
  const seconds = (row: Record<string, unknown>): number => (row['observed_at'] as Date).getTime() / 1000;
  expect(seconds(again[0]!) - seconds(first!)).toBeGreaterThan(59);
  // A delivery of the older observation that was held up does not set it back.
  await source.land('a', 1, 'same', now - 120_000);
  expect((await source.payloads('a'))[0]!['observed_at']).toEqual(again[0]!['observed_at']);
});

test('other content is another payload beside the older one', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.land('a', 1, 'first');
  await source.list([listed('a', 'second')]);
  await source.land('a', 2, 'second');
  expect(await source.payloads('a')).toMatchObject([{ generation: 1 }, { generation: 2 }]);
  expect(await source.inventory('a')).toMatchObject({ state: 'fetched', generation: 2 });
});

test('an answer to an older detail request is kept, but does not end a newer one', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.list([listed('a', 'second')]);
  await source.land('a', 1, 'late');
  expect(await source.payloads('a')).toMatchObject([{ state: 'landed', generation: 1 }]);
  expect(await source.inventory('a')).toMatchObject({ state: 'discovered', generation: 2, fetched_at: null });
});

test('the same content as an answer to a newer detail request ends that one, and a late older delivery takes nothing back', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.land('a', 1, 'same');
  await source.list([listed('a', 'second')]);
  await source.land('a', 2, 'same');
  await source.land('a', 1, 'same');
  expect(await source.payloads('a')).toMatchObject([{ generation: 2 }]);
  expect(await source.inventory('a')).toMatchObject({ state: 'fetched', generation: 2 });
});

test('a second delivery after the load does not reopen the detail request', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.land('a', 1, 'same');
  await source.set(sql`update voxport_ops.inventory set state = 'loaded' where source_id = ${source.sourceId}`);
  await source.land('a', 1, 'same');
  expect(await source.inventory('a')).toMatchObject({ state: 'loaded' });
});

test('an answer that comes after the detail request was given up ends it as fetched', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.set(sql`
    update voxport_ops.inventory set state = 'failed', last_error = 'oops' where source_id = ${source.sourceId}`);
  await source.land('a', 1, 'after all');
  expect(await source.inventory('a')).toMatchObject({ state: 'fetched', last_error: null });
});

test('batches that name the same conversations in another order at once all land', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
  await source.list(ids.map((id) => listed(id)));
  const landings = await Promise.all(
    ids.map((conversationId) =>
      prepareLanding({
        payload: { conversationId, body: Buffer.from(conversationId), receivedAtMs: performance.now() },
        generation: 1,
      }),
    ),
  );
  await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      landPayloads(kysely, sourceId, index % 2 === 0 ? landings : landings.toReversed()),
    ),
  );
  for (const id of ids) expect(await source.payloads(id)).toHaveLength(1);
});
