import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWarehouse, type WarehouseDatabase } from '../../../test/warehouse-database.ts';
import { planRequestedRun, requestRun, type RunRequest } from './requested-runs.ts';
import { isRunSettled, unfinishedRuns } from './runs.ts';
import { cancelRun, pauseRun, resumeRun } from './control-runs.ts';
import { insertWindows } from '../windows/windows.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse({ poolSizeMax: 8 });
  await sql`
    insert into voxport_ops.sources (source_id, dialect, base_url)
    select id, 'elevenlabs', 'http://x' from unnest(array['a', 'b', 'c', 'd', 'e', 'f']) as id
  `.execute(warehouse.database.kysely);
});
afterAll(() => warehouse[Symbol.asyncDispose]());

const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-09-02T00:00:00Z') };
const backfill: RunRequest = { kind: 'backfill', range, filters: { agent_id: 'agent_1' } };

const plan =
  (sourceId: string, planned: unknown[]) =>
  async (runId: number, request: RunRequest): Promise<void> => {
    planned.push([runId, request]);
    if (request.kind !== 'backfill') return;
    const { kysely } = warehouse.database;
    await insertWindows(kysely, {
      runId,
      sourceId,
      ranges: [request.range],
      filters: request.filters,
      priority: 'backfill',
      origin: 'backfill',
    });
  };

test('each source gets a run of its own, planned once, as it was asked for, and not over before', async () => {
  const { kysely } = warehouse.database;
  const [runId, other] = await requestRun(kysely, { sourceIds: ['a', 'b'], request: backfill });
  await sql`update voxport_ops.runs set started_at = now() - interval '1 hour'`.execute(kysely);
  expect(await isRunSettled(kysely, runId!)).toBe(false);
  const planned: unknown[] = [];
  expect(await planRequestedRun(kysely, 'a', plan('a', planned))).toBe(runId);
  expect(await planRequestedRun(kysely, 'a', plan('a', planned))).toBeNull();
  await sql`update voxport_ops.windows set state = 'listed' where run_id = ${runId}`.execute(kysely);
  expect(await isRunSettled(kysely, runId!)).toBe(true);
  expect(await isRunSettled(kysely, other!)).toBe(false);
  expect(await planRequestedRun(kysely, 'b', plan('b', planned))).toBe(other);
  expect(planned).toEqual([
    [runId, backfill],
    [other, backfill],
  ]);
});

test('of several schedulers at once one plans it', async () => {
  const { kysely } = warehouse.database;
  const runId = (await requestRun(kysely, { sourceIds: ['c'], request: backfill }))[0]!;
  const planned: unknown[] = [];
  await Promise.all([1, 2, 3].map(() => planRequestedRun(kysely, 'c', plan('c', planned))));
  expect(planned).toHaveLength(1);
  const { rows } = await sql`select count(*) as count from voxport_ops.windows where run_id = ${runId}`.execute(kysely);
  expect(rows).toEqual([{ count: 1 }]);
});

test('a planning that fails is due again, and one whose process died after its windows is not done twice', async () => {
  const { kysely } = warehouse.database;
  const runId = (await requestRun(kysely, { sourceIds: ['d'], request: backfill }))[0]!;
  const failing = async (): Promise<void> => {
    throw new Error('no');
  };
  await expect(planRequestedRun(kysely, 'd', failing)).rejects.toThrow('no');
  const planned: unknown[] = [];
  await expect(
    planRequestedRun(kysely, 'd', async (id, request) => {
      await plan('d', planned)(id, request);
      throw new Error('died');
    }),
  ).rejects.toThrow('died');
  expect(await planRequestedRun(kysely, 'd', plan('d', planned))).toBe(runId);
  expect(planned).toHaveLength(1);
});

test('one that is paused waits, one that is cancelled is never planned, and a command without a fleet does not wait for it', async () => {
  const { kysely } = warehouse.database;
  const paused = (await requestRun(kysely, { sourceIds: ['e'], request: backfill }))[0]!;
  await pauseRun(kysely, paused);
  const planned: unknown[] = [];
  expect(await planRequestedRun(kysely, 'e', plan('e', planned))).toBeNull();
  await resumeRun(kysely, paused);
  expect(await planRequestedRun(kysely, 'e', plan('e', planned))).toBe(paused);
  const cancelled = (await requestRun(kysely, { sourceIds: ['e'], request: backfill }))[0]!;
  await cancelRun(kysely, cancelled);
  expect(await planRequestedRun(kysely, 'e', plan('e', planned))).toBeNull();
  const retry: RunRequest = {
    kind: 'retry',
    failures: {
      sourceId: 'f',
      stage: 'fetch',
      errorClass: 'server_error',
      since: range.after,
      until: null,
      ids: [1, 2],
    },
  };
  const retryId = (await requestRun(kysely, { sourceIds: ['f'], request: retry }))[0]!;
  expect(await unfinishedRuns(kysely, { kinds: ['retry'], sourceIds: ['f'] })).toEqual([]);
  const retried: unknown[] = [];
  expect(await planRequestedRun(kysely, 'f', plan('f', retried))).toBe(retryId);
  expect(retried).toEqual([[retryId, retry]]);
  expect(await unfinishedRuns(kysely, { kinds: ['retry'], sourceIds: ['f'] })).toEqual([retryId]);
});
