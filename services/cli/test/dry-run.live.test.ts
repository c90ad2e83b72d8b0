import { defaultApiKey as key } from '@voxport/simulator';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';
import { openDatabase, runVoxport, simulate, warehouseUrl } from './voxport.ts';

const whole = ['--from', '2026-09-01', '--to', '2026-10-02'];
const firstHalf = ['--from', '2026-09-01', '--to', '2026-09-16'];

test('backfill --dry-run lists, writes nothing, and says what the backfill would then do', async () => {
  const simulator = await simulate({
    conversationCount: 250,
    turnsPerConversation: 4,
    latencyMs: 100,
    requestsInFlightMax: 8,
  });
  const url = await warehouseUrl();
  const database = await openDatabase(url);
  const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url, QUEUE_URL: url };
  const dryRun = async (
    args: readonly string[],
  ): Promise<Record<string, unknown> & { sources: Record<string, number>[] }> => {
    const answer = await runCommandIn(env, ['backfill', ...args, '--dry-run', '--json']);
    expect(answer).toMatchObject({ exitCode: 0 });
    return jsonOf(answer) as Record<string, unknown> & { sources: Record<string, number>[] };
  };
  const stored = async (): Promise<unknown> =>
    (
      await runQuery(
        database.kysely,
        `select (select count(*) from voxport_ops.inventory) as inventory, (select count(*) from voxport_ops.windows) as windows,
           (select count(*) from voxport_ops.runs) as runs, (select count(*) from voxport_raw.payloads) as payloads`,
      )
    )[0];

  const before = await dryRun(whole);
  expect(before).toMatchObject({ dry_run: true, listed: 250, new: 250, changed: 0, pending: 0, known: 0 });
  // Nothing was fetched yet, so the lists have to do for the time that details take: 4 at once, 100 ms each.
  expect(before.sources[0]).toMatchObject({
    source: 'elevenlabs',
    detail_requests: 250,
    requests_in_flight: 4,
    latency_of: 'lists',
  });
  expect(before['requests']).toBe(250 + before.sources[0]!['list_requests']!);
  const latencyMs = before.sources[0]!['latency_ms']!;
  expect(latencyMs).toBeGreaterThanOrEqual(100);
  expect(Number(before['minutes']) * 60_000).toBeGreaterThan((250 * latencyMs * 0.9) / 4);
  expect(simulator.stats().requests['detail']).toBeUndefined();
  expect(await stored()).toEqual({ inventory: 0, windows: 0, runs: 0, payloads: 0 });

  const run = await runCommandIn(env, ['backfill', ...firstHalf, '--json']);
  const { loaded, pages } = jsonOf(run) as { loaded: number; pages: number };
  expect(pages).toBeLessThanOrEqual(before.sources[0]!['list_requests']!);
  const details = simulator.stats().requests['detail']!['200']!;
  const after = await stored();
  const half = await dryRun(whole);
  expect(half).toMatchObject({ listed: 250, new: 250 - loaded, changed: 0, known: loaded });
  expect(half.sources[0]).toMatchObject({ latency_of: 'details', detail_requests: 250 - loaded });
  expect(await dryRun(firstHalf)).toMatchObject({ listed: loaded, new: 0, known: loaded });
  expect(simulator.stats().requests['detail']!['200']).toBe(details);
  expect(await stored()).toEqual(after);

  const text = (await runCommandIn(env, ['backfill', ...whole, '--dry-run'])).stdout;
  expect(text).toMatch(
    /nothing was fetched or stored[\s\S]*listed +250 conversations[\s\S]*takes about .* requests in flight/u,
  );
  // What it says is what the backfill does.
  const rest = await runCommandIn(env, ['backfill', ...whole, '--json']);
  expect(jsonOf(rest)).toMatchObject({ fetched: 250 - loaded, unchanged: loaded });
}, 90_000);

test('--dry-run with --detach is refused: there is nothing to enqueue', async () => {
  const { code, stderr } = await runVoxport(['backfill', ...whole, '--dry-run', '--detach'], {});
  expect(code).toBe(2);
  expect(stderr.join('\n')).toMatch(/--dry-run only lists/u);
});
