import { sql } from 'kysely';
import { eventually } from '@voxport/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPayloads, settlePayloads } from '../../raw/claim-payloads.ts';
import { cancelRun } from '../runs/control-runs.ts';
import { isWaitingForLock, listed, openTestPipeline, type TestSource } from '../ops-testing.ts';
import { wantAgain } from './want-again.ts';

// JavaScript and the bytes put 'B' before 'a', a language's order (ICU, most glibc locales) puts it behind.
const ids = ['a', 'B'];

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
  const { kysely } = await pipeline.newSource();
  // As in a database whose own collation is a language's.
  for (const table of ['voxport_ops.inventory', 'voxport_raw.payloads']) {
    await sql`alter table ${sql.table(table)} alter column conversation_id type text collate "und-x-icu"`.execute(
      kysely,
    );
  }
});
afterAll(() => pipeline[Symbol.asyncDispose]());

async function isHeldByAnother({ kysely, sourceId }: TestSource, id: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${id} for update skip locked
  `.execute(kysely);
  return rows.length === 0;
}

const statements: Readonly<Record<string, (source: TestSource, runId: number) => Promise<unknown>>> = {
  'a listing': (source, runId) =>
    source.list(
      [...ids].map((id) => listed(id, 'second')),
      { runId },
    ),
  'a repeated detail request': ({ kysely, sourceId }, runId) =>
    wantAgain(kysely, { sourceId, runId, conversationIds: ids }),
  'a cancelled run': ({ kysely }, runId) => cancelRun(kysely, runId),
  'the end of a load': ({ kysely, sourceId }) =>
    settlePayloads(kysely, {
      sourceId,
      mappingVersion: 1,
      payloads: ids.map((conversationId, index) => ({
        payloadId: -index,
        conversationId,
        generation: 1,
        outcome: 'inserted',
        checkInSecs: null,
      })),
    }),
};

test.each(Object.keys(statements))('%s locks conversations by the bytes of their ids', async (name) => {
  const source = await pipeline.newSource();
  const runId = await source.startRun('backfill');
  await source.list(
    ids.map((id) => listed(id)),
    { runId, priority: 'backfill', origin: 'backfill' },
  );
  if (name === 'the end of a load') for (const id of ids) await source.land(id, 1, id);
  let running: Promise<unknown> = Promise.resolve();
  await source.kysely.transaction().execute(async (holder) => {
    await sql`
      select 1 from voxport_ops.inventory where source_id = ${source.sourceId} and conversation_id = 'B' for update
    `.execute(holder);
    running = statements[name]!(source, runId);
    await eventually(() => isWaitingForLock(source), { what: `${name} to wait` });
    expect(await isHeldByAnother(source, 'a')).toBe(false);
  });
  await running;
});

test('listing, landing and loading at once do not deadlock', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const many = Array.from({ length: 40 }, (_, index) => `${index % 2 === 0 ? 'a' : 'B'}${index}`);
  await source.list(many.map((id) => listed(id)));
  for (let round = 2; round < 14; round += 1) {
    await Promise.all([
      source.list(many.map((id) => listed(id, `look ${round}`))),
      ...many.slice(0, 6).map((id) => source.land(id, round - 1, `${id} ${round}`)),
      wantAgain(kysely, { sourceId, runId: await source.startRun(), conversationIds: many }),
      kysely.transaction().execute(async (transaction) => {
        const claimed = await claimPayloads(transaction, { sourceId, limit: 20, bytesMax: 1e9 });
        const payloads = claimed.map((payload) => ({ ...payload, outcome: 'inserted', checkInSecs: null }) as const);
        await settlePayloads(transaction, { sourceId, mappingVersion: 1, payloads });
      }),
    ]);
  }
  expect(await source.inventory('a0')).toMatchObject({ list_fingerprint: 'a0-look 13' });
});
