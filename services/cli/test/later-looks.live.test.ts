import { startSimulator, type Simulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import type { ServiceContext, SourceConfig } from '@voxport/runtime';
import { describe, expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { startFleet } from './start-fleet.ts';
import {
  createWarehouse,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from './export-parts.ts';

const [minute, hour, day] = [60, 3600, 86_400];
const nowSecs = Math.floor(Date.now() / 1000);

/** Calls of the past days, all over; one of them to change afterwards. */
async function startPast(agoSecs: number, count = 12): Promise<Simulator> {
  const options = { seed: 21, apiKey: testApiKey, conversationCount: count };
  return startSimulator({ ...options, startUnixSecs: nowSecs - agoSecs - 10 * minute, endUnixSecs: nowSecs - agoSecs });
}

/**
 * Makes the recheck of one conversation due now; its list row is held still, so that nothing but the look can find the
 * change.
 */
async function makeDue(context: ServiceContext, conversationId: string): Promise<void> {
  await runQuery(
    context.database.kysely,
    `update voxport_ops.inventory set next_check_at = now() - interval '1 second' where conversation_id = '${conversationId}'`,
  );
}

async function one(context: ServiceContext, query: string): Promise<Record<string, unknown>> {
  const rows = await runQuery(context.database.kysely, query);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

/** The conversation with the most turns: one that has a transcript to lose. */
async function richest(simulator: Simulator): Promise<string> {
  let best = { id: '', turns: 0 };
  for await (const { conversations, transcript_turns: turns } of simulator.truths()) {
    if (turns.length > best.turns) best = { id: String(conversations['conversation_id']), turns: turns.length };
  }
  return best.id;
}

describeOnOneQueue('rechecks', (openQueueStore) => {
  /**
   * Everything of one test, after a first sync. The lookback is short, so that the list does not show old calls again.
   */
  async function exported(simulator: Simulator, changes: Partial<SourceConfig> = {}) {
    const opened = new AsyncDisposableStack();
    opened.use(simulator);
    const warehouse = opened.use(await createWarehouse());
    const store = opened.use(await openQueueStore());
    const source = testSource(simulator.url, { lookbackSecs: minute, ...changes });
    const { context } = opened.use(
      await openTestContext({ databaseUrl: warehouse.url, queueUrl: store.queueUrl, sources: [source] }),
    );
    const first = await syncOnce(context);
    expect(first.counts).toMatchObject({ failed: 0, pending: 0 });
    return { context, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  test('a sync takes up those that are due, and late analysis, feedback and tags show up', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    simulator.updateConversation(id, { analysis: 'missing', charging: 'missing', phase: 'done' });
    await using opened = await exported(simulator);
    const { context } = opened;
    const read = `select call_successful, cost_credits, likes, rating, feedback_comment, tag_ids, origin from voxport.conversations where conversation_id = '${id}'`;
    expect(await one(context, read)).toMatchObject({ cost_credits: null, origin: 'poll' });

    simulator.updateConversation(id, {
      analysis: 'present',
      charging: 'present',
      feedback: { type: 'rating', score: 'like', rating: 5, comment: 'At last', likes: 1, dislikes: 0 },
      tagIds: ['tag_late'],
    });
    await makeDue(context, id);
    const second = await syncOnce(context);
    expect(second.counts).toMatchObject({ listed: 0, rechecked: 1, fetched: 1, loaded: 1, unchanged: 0, failed: 0 });
    const row = await one(context, read);
    expect(row).toMatchObject({
      likes: 1,
      rating: 5,
      feedback_comment: 'At last',
      tag_ids: ['tag_late'],
      origin: 'refresh',
    });
    expect(row['cost_credits']).not.toBeNull();
    await expectTablesToEqualTruth(context.database, simulator.truths(), 'support');
  });

  test('a recheck that finds nothing new changes nothing', async () => {
    const simulator = await startPast(2 * hour);
    const id = simulator.conversationIdAt(3);
    await using opened = await exported(simulator);
    const { context } = opened;
    const read = `select exported_at from voxport.conversations where conversation_id = '${id}'`;
    const before = await one(context, read);
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ rechecked: 1, fetched: 1, loaded: 0, unchanged: 1 });
    expect(await one(context, read)).toEqual(before);
    expect(
      await one(
        context,
        `select checks, state, next_check_at > now() as later from voxport_ops.inventory where conversation_id = '${id}'`,
      ),
    ).toEqual({ checks: 1, state: 'loaded', later: true });
  });

  test('an emptied transcript does not erase a captured one', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    await using opened = await exported(simulator);
    const { context } = opened;
    const turns = `select count(*) from voxport.transcript_turns where conversation_id = '${id}'`;
    const before = await one(context, turns);
    simulator.updateConversation(id, { isTranscriptBlank: true, tagIds: ['tag_after'] });
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ loaded: 1, failed: 0 });
    expect(await one(context, turns)).toEqual(before);
    expect(await one(context, `select tag_ids from voxport.conversations where conversation_id = '${id}'`)).toEqual({
      tag_ids: ['tag_after'],
    });
  });

  test('a conversation that is gone keeps its rows and gets deleted_at', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    await using opened = await exported(simulator);
    const { context } = opened;
    simulator.updateConversation(id, { isDeleted: true });
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ rechecked: 1, gone: 1, failed: 0 });
    expect(
      await one(
        context,
        `select deleted_at is not null as deleted, (select count(*) > 0 from voxport.transcript_turns t where t.conversation_id = c.conversation_id) as turns
         from voxport.conversations c where conversation_id = '${id}'`,
      ),
    ).toEqual({ deleted: true, turns: true });
    expect(
      await one(context, `select state, next_check_at from voxport_ops.inventory where conversation_id = '${id}'`),
    ).toEqual({ state: 'gone', next_check_at: null });
  });

  test('with mirrored deletions an emptied transcript is emptied here, in the raw store too', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    await using opened = await exported(simulator, { mirrorDeletions: true });
    const { context } = opened;
    simulator.updateConversation(id, { isTranscriptBlank: true });
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ loaded: 1, failed: 0 });
    expect(
      await one(
        context,
        `select (select count(*) from voxport.transcript_turns where conversation_id = '${id}') as turns,
                (select count(*) from voxport_raw.payloads where conversation_id = '${id}') as payloads`,
      ),
    ).toEqual({ turns: 0, payloads: 1 });
    // What belongs to the conversation as a whole stays.
    expect(
      await one(
        context,
        `select turn_count, cost_credits is not null as cost from voxport.conversations where conversation_id = '${id}'`,
      ),
    ).toEqual({ turn_count: 0, cost: true });
  });

  test('with mirrored deletions a conversation that is gone is erased, and only it', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    await using opened = await exported(simulator, { mirrorDeletions: true });
    const { context } = opened;
    simulator.updateConversation(id, { isDeleted: true });
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ rechecked: 1, gone: 1, failed: 0 });
    const tables = await runQuery(
      context.database.kysely,
      `select table_schema || '.' || table_name as name from information_schema.columns
       where column_name = 'conversation_id' and table_schema in ('voxport', 'voxport_raw')
         and table_name not in (select table_name from information_schema.views where table_schema = 'voxport')`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      expect(
        await one(context, `select count(*) from ${String(name)} where conversation_id = '${id}'`),
        String(name),
      ).toEqual({
        count: 0,
      });
    }
    expect(
      await one(
        context,
        `select state, listed_row, erased_at is not null as erased, next_check_at from voxport_ops.inventory where conversation_id = '${id}'`,
      ),
    ).toEqual({ state: 'gone', listed_row: null, erased: true, next_check_at: null });
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(11);
  });

  test('a call that is not over is polled until it is', async () => {
    const simulator = await startPast(10 * minute, 1);
    const id = simulator.conversationIdAt(0);
    simulator.updateConversation(id, { phase: 'in-progress' });
    await using opened = await exported(simulator);
    const { context } = opened;
    const check = `select checks, extract(epoch from next_check_at - now())::int as in_secs from voxport_ops.inventory where conversation_id = '${id}'`;
    expect((await one(context, check))['in_secs']).toBeLessThanOrEqual(900);
    await makeDue(context, id);
    expect((await syncOnce(context)).counts).toMatchObject({ rechecked: 1, failed: 0 });
    simulator.updateConversation(id, { phase: 'processing' });
    await makeDue(context, id);
    await syncOnce(context);
    simulator.updateConversation(id, { phase: 'done', analysis: 'present' });
    await makeDue(context, id);
    await syncOnce(context);
    expect(await one(context, check)).toMatchObject({ checks: 3 });
    expect(await one(context, `select status from voxport.conversations where conversation_id = '${id}'`)).toEqual({
      status: 'done',
    });
    await expectTablesToEqualTruth(context.database, simulator.truths(), 'support');
  });

  test('a running fleet takes up rechecks with its sweep, on behalf of no run', async () => {
    const simulator = await startPast(2 * hour);
    const id = await richest(simulator);
    await using opened = await exported(simulator, { schedule: { everySecs: 86_400 } });
    const { context } = opened;
    await using _ = await startFleet(context);
    simulator.updateConversation(id, { tagIds: ['tag_fleet'] });
    await makeDue(context, id);
    const row = await eventually(
      async () => {
        const found = await one(
          context,
          `select c.tag_ids, c.origin, i.checks, i.priority, i.wanted_run_id from voxport.conversations c join voxport_ops.inventory i using (conversation_id)
           where conversation_id = '${id}'`,
        );
        expect(found['origin']).toBe('refresh');
        return found;
      },
      { what: 'the recheck of the fleet' },
    );
    expect(row).toEqual({
      tag_ids: ['tag_fleet'],
      origin: 'refresh',
      checks: 1,
      priority: 'refresh',
      wanted_run_id: null,
    });
  });
});

describe('what is scheduled', () => {
  async function checksAfter(agoSecs: number, changes: Partial<SourceConfig> = {}): Promise<Record<string, unknown>[]> {
    await using simulator = await startPast(agoSecs, 5);
    await using warehouse = await createWarehouse();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: null,
      sources: [testSource(simulator.url, changes)],
    });
    await syncOnce(opened.context);
    return await runQuery(
      opened.context.database.kysely,
      `select extract(epoch from i.next_check_at - c.ended_at)::float8 as age
       from voxport_ops.inventory i join voxport.conversations c using (source_id, conversation_id)`,
    );
  }

  test.each([
    ['an hour', 20 * minute, hour],
    ['a day', 2 * hour, day],
    ['a week', 2 * day, 7 * day],
  ])('the next look comes when the call is over for %s', async (_, agoSecs, expectedAge) => {
    const checks = await checksAfter(agoSecs);
    expect(checks).toHaveLength(5);
    for (const { age } of checks) expect(Math.abs(Number(age) - expectedAge)).toBeLessThan(30);
  });

  test('history schedules no recheck, and an empty policy none at all', async () => {
    expect(await checksAfter(365 * day)).toEqual(Array.from({ length: 5 }, () => ({ age: null })));
    const never = { checkPolicy: { refreshSecs: [], retentionSecs: 730 * day } };
    expect(await checksAfter(2 * hour, never)).toEqual(Array.from({ length: 5 }, () => ({ age: null })));
  });
});
