import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newTrail, type ListFilters, type TimeRange } from '@voxport/domain';
import { day, failWindowOf, listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { cancelRun, pauseRun } from '../runs/control-runs.ts';
import { openRuns } from '../runs/runs.ts';
import { savePage } from '../windows/save-page.ts';
import { readWindow, type Window } from '../windows/windows.ts';
import { startSync, type StartedSync } from './start-sync.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const sync = (
  { kysely, sourceId }: TestSource,
  scope: { filters?: ListFilters; since?: Date | null; lookbackSecs?: number } = {},
  runId: number | null = null,
): Promise<StartedSync | null> =>
  startSync(kysely, { sourceId, filters: {}, since: null, lookbackSecs: 60, ...scope }, runId);

const finish = async ({ kysely }: TestSource, { windowId }: Window): Promise<void> =>
  void (await savePage(kysely, { window: (await readWindow(kysely, windowId))!, page: pageOf([]) }));

const rangesOf = (started: StartedSync | null): TimeRange[] => started?.windows.map(({ range }) => range) ?? [];

/** A source of which everything before some days ago is listed. */
async function knownUntil(before: Date): Promise<TestSource> {
  const source = await pipeline.newSource();
  await finish(source, await source.window({ range: { after: null, before } }));
  return source;
}

describe('a sync', () => {
  test('begins with everything, and then lists what is new and the lookback', async () => {
    const source = await pipeline.newSource();
    const first = (await sync(source))!;
    expect(first.windows).toMatchObject([
      { range: { after: null }, priority: 'backfill', origin: 'poll', state: 'open' },
    ]);
    await finish(source, first.windows[0]!);
    const second = (await sync(source))!;
    expect(second.windows).toMatchObject([{ priority: 'live' }]);
    const [{ after }] = rangesOf(second) as [TimeRange];
    expect(Date.now() - after!.getTime()).toBeGreaterThanOrEqual(60_000);
    expect(Date.now() - after!.getTime()).toBeLessThan(120_000);
    await finish(source, second.windows[0]!);
    // A longer lookback holds from the next sync on, over what a shorter one had settled.
    const [longer] = rangesOf(await sync(source, { lookbackSecs: 7200 })) as [TimeRange];
    expect(Date.now() - longer.after!.getTime()).toBeGreaterThanOrEqual(7_200_000);
    expect(Date.now() - longer.after!.getTime()).toBeLessThan(7_300_000);
  });

  test('lists new calls while history is listed, and does not list that twice', async () => {
    const source = await pipeline.newSource();
    const first = (await sync(source))!;
    const page = pageOf([listed('a', 'x', day('10'))], { hasMore: true, nextCursor: 'next' });
    await savePage(source.kysely, { window: first.windows[0]!, page });
    await source.set(sql`update voxport_ops.windows set created_at = now() - interval '10 minutes'`);
    const second = (await sync(source))!;
    expect(second.runId).not.toBe(first.runId);
    expect(second.windows).toMatchObject([{ priority: 'live' }]);
    expect(Date.now() - rangesOf(second)[0]!.after!.getTime()).toBeLessThan(700_000);
    // That one has not listed a page: a third would only wait behind it. A command that ends with its run waits for
    // nobody.
    expect(await sync(source)).toBeNull();
    await source.set(
      sql`update voxport_ops.windows set created_at = now() - interval '1 minute' where priority = 'live'`,
    );
    expect(rangesOf(await sync(source, {}, first.runId))).toHaveLength(1);
  });

  test('is planned once, however many plan at once', async () => {
    const source = await knownUntil(day('20'));
    const started = await Promise.all([1, 2, 3, 4].map(() => sync(source)));
    expect(started.filter((one) => one !== null)).toHaveLength(1);
  });

  test('that dies while it is planned leaves nothing, and the next one plans all of it', async () => {
    const source = await knownUntil(day('10'));
    const failed = await source.window({ range: { after: day('10'), before: day('20') } });
    await failWindowOf(source, failed);
    await source.set(
      sql`alter table voxport_ops.windows add constraint died check (created_at < now() - interval '1 hour') not valid`,
    );
    await expect(sync(source)).rejects.toThrow('died');
    await source.set(sql`alter table voxport_ops.windows drop constraint died`);
    expect(await openRuns(source.kysely, { sourceId: source.sourceId })).toHaveLength(2);
    expect(rangesOf(await sync(source)).at(-1)).toMatchObject({ after: day('10') });
  });
});

describe('what was planned and not listed is planned again', () => {
  test.each(['failed', 'cancelled', 'lost'])('a window that was %s', async (fate) => {
    const source = await knownUntil(day('10'));
    const window = await source.window({ range: { after: day('10'), before: day('20') } });
    await finish(source, await source.window({ range: { after: day('20'), before: new Date() } }));
    if (fate === 'failed') await failWindowOf(source, window);
    else if (fate === 'cancelled') await cancelRun(source.kysely, window.runId);
    else await source.set(sql`delete from voxport_ops.windows where window_id = ${window.windowId}`);
    const again = (await sync(source))!;
    expect(rangesOf(again)).toContainEqual({ after: day('10'), before: day('20') });
    expect(again.windows.at(-1)).toMatchObject({ priority: 'backfill' });
  });

  test('a window of a paused run is kept for it, and holds up nothing new', async () => {
    const source = await knownUntil(day('10'));
    const first = (await sync(source))!;
    await pauseRun(source.kysely, first.runId);
    await source.set(
      sql`update voxport_ops.windows set created_at = now() - interval '1 minute' where run_id = ${first.runId}`,
    );
    const next = rangesOf(await sync(source));
    expect(next).toHaveLength(1);
    expect(Date.now() - next[0]!.after!.getTime()).toBeLessThan(70_000);
  });

  test('one failure tells of a range, however often it fails', async () => {
    const source = await knownUntil(day('10'));
    for (let round = 0; round < 3; round += 1) {
      const started = (await sync(source))!;
      for (const window of started.windows) await failWindowOf(source, window);
      // The next round plans in another second, and so divides what is new from history elsewhere.
      await sql`select pg_sleep(1)`.execute(source.kysely);
    }
    const open = (await source.failures()).filter((failure) => failure['resolved_at'] === null);
    expect(open.length).toBeLessThanOrEqual(2);
  });
});

describe('pages', () => {
  const coveredOf = async (source: TestSource): Promise<unknown> => {
    const { rows } = await sql<{ listed: string }>`
      select listed::text from voxport_ops.coverage where source_id = ${source.sourceId}
    `.execute(source.kysely);
    return rows[0]?.listed ?? null;
  };
  const stepOf = (range: TimeRange | null) => ({ kind: 'next_page', trail: newTrail, passed: range }) as const;
  const more = { hasMore: true, nextCursor: 'next' };
  const passed = { after: day('20'), before: day('30') };

  test('cover what they have passed, one by one', async () => {
    const source = await pipeline.newSource();
    const window = await source.window();
    await savePage(source.kysely, { window, page: pageOf([], more), step: stepOf(passed) });
    expect(await coveredOf(source)).toBe('{["2026-09-20 00:00:00+00","2026-09-30 00:00:00+00")}');
  });

  test('of a source that counts its rows cover nothing before the count is right', async () => {
    const source = await pipeline.newSource();
    const window = await source.window();
    await savePage(source.kysely, { window, page: { ...pageOf([], more), totalCount: 3 }, step: stepOf(passed) });
    expect(await coveredOf(source)).toBeNull();
  });

  test('cover no second that had not ended when the window was planned', async () => {
    const source = await pipeline.newSource();
    const window = await source.window({ range: { after: day('01'), before: new Date(Date.now() + 60_000) } });
    await source.set(
      sql`update voxport_ops.windows set created_at = '2026-10-01 12:00:00.700Z' where window_id = ${window.windowId}`,
    );
    await finish(source, window);
    expect(await coveredOf(source)).toBe('{["2026-09-01 00:00:00+00","2026-10-01 12:00:00+00")}');
  });

  test('that a divided window has passed leave the second of the edge to the rest', async () => {
    const source = await pipeline.newSource();
    const window = await source.window();
    const edge = new Date('2026-09-20T00:00:01Z');
    const rest = [
      { after: day('10'), before: edge },
      { after: day('01'), before: day('10') },
    ];
    const step = { kind: 'split', trail: newTrail, rest, passed: { after: edge, before: day('30') } } as const;
    await savePage(source.kysely, { window, page: pageOf([], more), step });
    expect(await coveredOf(source)).toBe('{["2026-09-20 00:00:01+00","2026-09-30 00:00:00+00")}');
  });
});

describe('other filters', () => {
  const agent: ListFilters = { agent_id: 'a' };

  test('list everything again, end what was being listed, and find what they had listed when they come back', async () => {
    const source = await pipeline.newSource();
    const first = (await sync(source, { filters: agent }))!;
    await finish(source, first.windows[0]!);
    const wide = (await sync(source))!;
    expect(rangesOf(wide)).toMatchObject([{ after: null }]);
    expect((await sync(source, { filters: agent }))!.windows).toMatchObject([{ priority: 'live' }]);
    expect(await readWindow(source.kysely, wide.windows[0]!.windowId)).toMatchObject({ state: 'cancelled' });
  });

  test('that bring less are covered by what was listed with fewer, and not the other way round', async () => {
    const source = await knownUntil(day('20'));
    expect(rangesOf(await sync(source, { filters: agent })).at(-1)).toMatchObject({ after: day('20') });
    const narrow = await pipeline.newSource();
    await narrow.set(sql`
      insert into voxport_ops.coverage (source_id, dialect, filters, listed, settled)
      values (${narrow.sourceId}, 'elevenlabs', '{"agent_id": "a"}', '{(,2026-09-20Z)}', '{(,2026-09-20Z)}')`);
    expect(rangesOf(await sync(narrow)).at(-1)).toMatchObject({ after: null });
  });

  test('an earlier start lists what lies before, and nothing twice', async () => {
    const source = await pipeline.newSource();
    const first = (await sync(source, { since: day('10') }))!;
    for (const window of first.windows) await finish(source, window);
    const earlier = rangesOf(await sync(source, { since: day('01') }));
    expect(earlier.at(-1)).toEqual({ after: day('01'), before: day('10') });
  });
});

test.each([
  ['{}', '{"agent_id": "a"}', true],
  ['{"agent_id": "a"}', '{}', false],
  ['{"agent_id": "a"}', '{"agent_id": "a", "text_only": true}', true],
  ['{"agent_id": "a"}', '{"agent_id": "b"}', false],
  ['{"tag_ids": ["x"]}', '{"tag_ids": ["x", "y"]}', false],
  ['{"tool_names": ["x"]}', '{"tool_names": ["x"], "include_invalid_tool_calls": true}', false],
  ['{}', '{"tool_names": ["x"], "include_invalid_tool_calls": true}', true],
])('what is listed with %s covers %s: %s', async (listedFilters, filters, covers) => {
  const { kysely } = await pipeline.newSource();
  const { rows } = await sql`select voxport_ops.covers(${listedFilters}::jsonb, ${filters}::jsonb) as covers`.execute(
    kysely,
  );
  expect(rows).toEqual([{ covers }]);
});
