import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TimeRange } from '@voxport/domain';
import { day, failWindowOf, listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { pauseRun } from '../runs/control-runs.ts';
import { pauseSource } from '../sources.ts';
import { savePage } from '../windows/save-page.ts';
import type { Window } from '../windows/windows.ts';
import { readMissingCoverage, type SourceCoverage } from './read-missing.ts';
import { startSync } from './start-sync.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

async function coverageOf({ kysely, sourceId }: TestSource, rangesMax = 10): Promise<SourceCoverage> {
  return (await readMissingCoverage(kysely, rangesMax)).find((source) => source.sourceId === sourceId)!;
}

const list = async (source: TestSource, range: TimeRange): Promise<void> => {
  await savePage(source.kysely, {
    window: await source.window({ range }),
    page: pageOf([listed('a', 'x', range.after)]),
  });
};

const noWindow = { windows: 0, windowId: null, errorClass: null };

test('a source that was never listed lacks everything, and the next sync lists it', async () => {
  const source = await pipeline.newSource();
  expect(await coverageOf(source)).toMatchObject({
    since: null,
    completeUntil: null,
    listedUntil: null,
    missingCount: 1,
    missing: [{ after: null, reason: 'next_sync', isNewest: false, ...noWindow }],
  });
});

test('what came since the last sync is not missing; what a source is to list and nobody lists is', async () => {
  const source = await pipeline.newSource();
  await list(source, { after: null, before: day('10') });
  await list(source, { after: day('12'), before: new Date() });
  expect(await coverageOf(source)).toMatchObject({
    completeUntil: day('10'),
    missingCount: 1,
    missing: [{ after: day('10'), before: day('12'), reason: 'next_sync', isNewest: false, ...noWindow }],
  });
  await list(source, { after: day('10'), before: day('12') });
  expect(await coverageOf(source)).toMatchObject({ missingCount: 0, missing: [] });
});

test('each part has its reason: a window is open, its run is paused, it has failed, nobody has planned it', async () => {
  const source = await pipeline.newSource();
  await list(source, { after: null, before: day('02') });
  await list(source, { after: day('20'), before: new Date(Date.now() - 60_000) });
  const open = await source.window({ range: { after: day('02'), before: day('03') } });
  const other = await source.window({ range: { after: day('03'), before: day('04') } });
  const held = await source.window({ range: { after: day('05'), before: day('06') } });
  await pauseRun(source.kysely, held.runId);
  const failed = await source.window({ range: { after: day('10'), before: day('15') } });
  await failWindowOf(source, failed);
  const ofWindow = ({ windowId }: Window) => ({ windows: 1, windowId, errorClass: null });
  expect(await coverageOf(source)).toMatchObject({
    completeUntil: day('02'),
    missingCount: 6,
    missing: [
      { after: day('10'), before: day('15'), reason: 'failed', ...ofWindow(failed), errorClass: 'server_error' },
      { after: day('15'), before: day('20'), reason: 'next_sync', ...noWindow },
      { after: day('06'), before: day('10'), reason: 'next_sync', ...noWindow },
      {
        after: day('02'),
        before: day('04'),
        reason: 'listing',
        windows: 2,
        windowId: Math.min(open.windowId, other.windowId),
      },
      { after: day('04'), before: day('05'), reason: 'next_sync', ...noWindow },
      { after: day('05'), before: day('06'), reason: 'run_paused', ...ofWindow(held) },
    ],
  });
  expect(await coverageOf(source, 2)).toMatchObject({
    missingCount: 6,
    missing: [{ after: day('10') }, { after: day('15') }],
  });

  expect(await coverageOf(source, 0)).toMatchObject({ missingCount: 6, missing: [] });

  await pauseSource(source.kysely, { sourceId: source.sourceId, code: 'source_down', reason: 'no answer' });
  const paused = await coverageOf(source);
  expect(paused.missing.map(({ reason }) => reason).toSorted()).toEqual([
    'failed',
    'run_paused',
    ...Array<string>(5).fill('source_paused'),
  ]);
  // What is newest waits for more than the next sync now.
  expect(paused.missing.filter(({ isNewest }) => isNewest)).toHaveLength(1);
});

test('only what the filters and since of the syncs want counts, and what was listed with other filters does not', async () => {
  const source = await pipeline.newSource();
  await list(source, { after: day('01'), before: day('05') });
  const scope = { sourceId: source.sourceId, filters: {}, since: day('03'), lookbackSecs: 60 };
  const all = (await startSync(source.kysely, scope))!;
  expect(await coverageOf(source)).toMatchObject({
    since: day('03'),
    completeUntil: day('05'),
    missingCount: 1,
    missing: [{ after: day('05'), reason: 'listing', windows: all.windows.length }],
  });
  // With fewer filters than now: those windows are cancelled, what they have listed counts.
  await startSync(source.kysely, { ...scope, filters: { agent_id: 'one' } });
  expect(await coverageOf(source)).toMatchObject({ filters: { agent_id: 'one' }, completeUntil: day('05') });
  await source.set(sql`delete from voxport_ops.coverage where source_id = ${source.sourceId}`);
  await source.set(sql`
    insert into voxport_ops.coverage (source_id, dialect, filters, listed)
    values (${source.sourceId}, 'elevenlabs', '{"agent_id": "other"}', '{(,2026-09-20T00:00Z)}')`);
  expect(await coverageOf(source)).toMatchObject({
    completeUntil: null,
    missing: [
      { after: day('05'), reason: 'listing' },
      { after: day('03'), before: day('05'), reason: 'next_sync' },
    ],
  });
});
