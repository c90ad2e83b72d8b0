import { sql } from 'kysely';
import { eventually } from '@voxport/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenTransaction } from '../executor.ts';
import { isWaitingForLock, listed, openTestPipeline, type TestSource } from '../ops/ops-testing.ts';
import { claimPayloads, settlePayloads, type LoadedPayload } from './claim-payloads.ts';
import { hasLandedPayloads } from './has-landed-payloads.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

async function landed(count: number, body = (id: string): string => id): Promise<TestSource & { ids: string[] }> {
  const source = await pipeline.newSource();
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  await source.list(ids.map((id) => listed(id)));
  for (const id of ids) await source.land(id, 1, body(id));
  return { ...source, ids };
}

const inTransaction = <Result>(source: TestSource, run: (transaction: OpenTransaction) => Promise<Result>) =>
  source.kysely.transaction().execute(run);

const claim = (transaction: OpenTransaction, source: TestSource, limit = 100, bytesMax = 1e9) =>
  claimPayloads(transaction, { sourceId: source.sourceId, limit, bytesMax });

const idsOf = (rows: readonly { conversationId: string }[]): string[] => rows.map((row) => row.conversationId);

function settle(source: TestSource, payloads: readonly LoadedPayload[]): Promise<void> {
  return inTransaction(source, (transaction) =>
    settlePayloads(transaction, { sourceId: source.sourceId, mappingVersion: 3, payloads }),
  );
}

async function loadedOf(source: TestSource, id: string, changes: Partial<LoadedPayload> = {}): Promise<LoadedPayload> {
  const payload = (await source.payloads(id)).at(-1)!;
  return {
    payloadId: Number(payload['payload_id']),
    conversationId: id,
    generation: Number(payload['generation']),
    outcome: 'inserted',
    checkInSecs: null,
    ...changes,
  };
}

test('payloads are taken in the order of landing, with the list row that fills their gaps, microseconds kept', async () => {
  const source = await landed(3);
  const claimed = await inTransaction(source, (transaction) => claim(transaction, source, 2));
  expect(idsOf(claimed)).toEqual(['c0', 'c1']);
  expect(claimed[0]).toMatchObject({
    generation: 1,
    origin: 'poll',
    listedRow: { conversation_id: 'c0', look: 'first' },
  });
  expect(claimed[0]!.observedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('two loaders at once take different payloads, and neither waits for the other', async () => {
  const source = await landed(5);
  await inTransaction(source, async (first) => {
    expect(idsOf(await claim(first, source, 3))).toEqual(['c0', 'c1', 'c2']);
    await inTransaction(source, async (second) => {
      expect(idsOf(await claim(second, source))).toEqual(['c3', 'c4']);
      await inTransaction(source, async (third) => expect(await claim(third, source)).toEqual([]));
    });
  });
});

test('the same content that lands again while it is being loaded waits for the load, and neither fails', async () => {
  const source = await landed(2);
  let landing = Promise.resolve();
  await inTransaction(source, async (transaction) => {
    await claim(transaction, source);
    landing = source.land('c0', 1, 'c0');
    await eventually(() => isWaitingForLock(source), { what: 'the landing to wait' });
    const payloads = [await loadedOf(source, 'c0'), await loadedOf(source, 'c1')];
    await settlePayloads(transaction, { sourceId: source.sourceId, mappingVersion: 3, payloads });
  });
  await landing;
  expect(await source.payloads('c0')).toMatchObject([{ state: 'landed' }]);
  expect(await source.inventory('c0')).toMatchObject({ state: 'loaded' });
});

test('a payload whose landing has not ended yet is passed over', async () => {
  const source = await landed(3);
  await inTransaction(source, async (other) => {
    await sql`
      select 1 from voxport_ops.inventory where source_id = ${source.sourceId} and conversation_id = 'c1' for update`.execute(
      other,
    );
    expect(idsOf(await inTransaction(source, (transaction) => claim(transaction, source)))).toEqual(['c0', 'c2']);
  });
});

test('a payload without a place in the inventory is taken all the same', async () => {
  const source = await landed(2);
  await source.set(sql`
    delete from voxport_ops.inventory where source_id = ${source.sourceId} and conversation_id = 'c0'`);
  const claimed = await inTransaction(source, (transaction) => claim(transaction, source));
  expect(claimed).toMatchObject([{ conversationId: 'c0', listedRow: null, checks: 0 }, { conversationId: 'c1' }]);
});

test('what a loader took and did not end is taken again after it failed', async () => {
  const source = await landed(2);
  await expect(
    inTransaction(source, async (transaction) => {
      await claim(transaction, source);
      throw new Error('the loader crashed');
    }),
  ).rejects.toThrow('the loader crashed');
  expect(idsOf(await inTransaction(source, (transaction) => claim(transaction, source)))).toEqual(['c0', 'c1']);
});

test('a batch ends where its bytes do; what is larger than a batch comes alone', async () => {
  const source = await landed(4, (id) => 'x'.repeat(id === 'c2' ? 3000 : 1000));
  const take = async (bytesMax: number): Promise<string[]> =>
    idsOf(await inTransaction(source, (transaction) => claim(transaction, source, 100, bytesMax)));
  expect(await take(1)).toEqual(['c0']);
  expect(await take(1999)).toEqual(['c0']);
  expect(await take(2000)).toEqual(['c0', 'c1']);
  expect(await take(4999)).toEqual(['c0', 'c1']);
  expect(await take(6000)).toEqual(['c0', 'c1', 'c2', 'c3']);
});

test('what has ended is not taken again', async () => {
  const source = await landed(2);
  expect(await hasLandedPayloads(source.kysely, source.sourceId)).toBe(true);
  await settle(source, [await loadedOf(source, 'c0'), await loadedOf(source, 'c1', { outcome: 'failed' })]);
  expect(await hasLandedPayloads(source.kysely, source.sourceId)).toBe(false);
  expect((await source.payloads('c0'))[0]).toMatchObject({ state: 'loaded', mapping_version: 3 });
  expect((await source.payloads('c1'))[0]).toMatchObject({ state: 'failed' });
  expect(await source.inventory('c0')).toMatchObject({
    state: 'loaded',
    load_outcome: 'inserted',
    next_check_at: null,
  });
  expect(await source.inventory('c1')).toMatchObject({ state: 'failed', load_outcome: null });
});

test('a conversation that is to be looked at again gets the time for it', async () => {
  const source = await landed(1);
  await settle(source, [await loadedOf(source, 'c0', { checkInSecs: 60 })]);
  const { next_check_at: at } = await source.inventory('c0');
  expect((at as Date).getTime()).toBeGreaterThan(Date.now() + 30_000);
  expect((at as Date).getTime()).toBeLessThan(Date.now() + 90_000);
});

test('the end of an older payload does not end a newer detail request', async () => {
  const source = await landed(1);
  const older = await loadedOf(source, 'c0');
  await source.list([listed('c0', 'second')]);
  await settle(source, [older]);
  expect(await source.inventory('c0')).toMatchObject({ state: 'discovered', generation: 2 });
  await source.land('c0', 2, 'second');
  await settle(source, [{ ...older, outcome: 'older' }]);
  expect(await source.inventory('c0')).toMatchObject({ state: 'fetched', generation: 2 });
});

test('of two payloads of a conversation in one batch the newer one decides', async () => {
  const source = await landed(1);
  const older = await loadedOf(source, 'c0', { outcome: 'failed' });
  await source.list([listed('c0', 'second')]);
  await source.land('c0', 2, 'second');
  await settle(source, [await loadedOf(source, 'c0', { outcome: 'updated' }), older]);
  expect(await source.inventory('c0')).toMatchObject({ state: 'loaded', load_outcome: 'updated', generation: 2 });
});

test('the payloads of another source are not touched', async () => {
  const source = await landed(1);
  const other = await landed(1);
  await settle(source, [await loadedOf(source, 'c0')]);
  expect(await other.inventory('c0')).toMatchObject({ state: 'fetched' });
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from voxport_raw.payloads where source_id = ${other.sourceId} and state = 'landed'`.execute(
    other.kysely,
  );
  expect(rows).toEqual([{ count: 1 }]);
});
