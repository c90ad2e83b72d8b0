import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { countRun } from '../runs/runs.ts';
import { savePage } from './save-page.ts';
import { readWindow } from './windows.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const rows = 20_000;
const pageRows = 100;
const conversations = Array.from({ length: rows }, (_, index) => {
  const startedAt = new Date(Date.UTC(2026, 8, 20) - index * 1000);
  const id = `conv_${index.toString(36).padStart(26, '0')}`;
  const one = listed(id, 'first', startedAt);
  return { ...one, row: { ...one.row, agent_name: 'The agent of the tests', call_summary_title: 'x'.repeat(200) } };
});

async function listAll(source: TestSource): Promise<number> {
  let window = await source.window();
  for (let start = 0; start < rows; start += pageRows) {
    const hasMore = start + pageRows < rows;
    const page = pageOf(conversations.slice(start, start + pageRows), {
      hasMore,
      nextCursor: hasMore ? `p${start}` : null,
    });
    await savePage(source.kysely, { window, page });
    window = (await readWindow(source.kysely, window.windowId))!;
  }
  return window.runId;
}

async function walPosition({ kysely }: TestSource): Promise<string> {
  const { rows: found } = await sql<{ at: string }>`select pg_current_wal_insert_lsn()::text as at`.execute(kysely);
  return found[0]!.at;
}

/** Bytes of WAL since a position, per listed row. */
async function walPerRow({ kysely }: TestSource, since: string): Promise<number> {
  const { rows: found } = await sql<{ bytes: string }>`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), ${since}::pg_lsn)::float8 as bytes`.execute(kysely);
  return Number(found[0]!.bytes) / rows;
}

test('listing 20,000 conversations again that have not changed writes under 200 bytes of WAL a row, after a checkpoint too', async () => {
  const source = await pipeline.newSource();
  await listAll(source);
  await source.set(
    sql`update voxport_ops.inventory set state = 'loaded', load_outcome = 'inserted' where source_id = ${source.sourceId}`,
  );
  for (const round of ['after a checkpoint', 'soon after']) {
    // After a checkpoint each page of a table that is touched is written whole once.
    if (round === 'after a checkpoint') await source.set(sql`checkpoint`);
    const since = await walPosition(source);
    const runId = await listAll(source);
    expect(await walPerRow(source, since), round).toBeLessThan(200);
    expect(await countRun(source.kysely, runId)).toMatchObject({ listed: rows, unchanged: rows, pending: 0 });
  }
}, 120_000);
