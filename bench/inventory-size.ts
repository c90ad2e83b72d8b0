import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { newTrail, type ConversationPage, type ListedConversation } from '@voxport/domain';
import {
  claimPayloads,
  compareListedPage,
  connectDatabase,
  countKnown,
  countRun,
  firstKnownDay,
  foldInventoryCounts,
  foldRunCounts,
  forgetListedPages,
  hasLandedPayloads,
  hasUntriedDetail,
  insertWindows,
  isDetailWanted,
  isRunSettled,
  landPayloads,
  leastVerifiedDays,
  listRuns,
  migrateDatabase,
  moveLandedPosition,
  openRuns,
  openWindows,
  overdueDetails,
  prepareLanding,
  readCoverage,
  readFreshness,
  readRunPaces,
  readSharedState,
  readSourceSigns,
  readStatus,
  readWebhookSigns,
  registerSource,
  savePage,
  settlePayloads,
  signalWorker,
  startRun,
  startSync,
  takeSamples,
  wantDueChecks,
  wantedOfPage,
  wantedOfRun,
  wantStranded,
  type Database,
  type Window,
} from '@voxport/warehouse';
import { startPostgres } from './servers.ts';
import { watchStatements, type StatementCost } from './watch-statements.ts';

/**
 * Every statement that is repeated (on a schedule, on a page, per request), on inventories of several sizes: time,
 * buffers and the dearest step of the plan. Of each inventory a part waits for its detail, wanted by a backfill that
 * has not ended.
 * node bench/inventory-size.ts [--sizes 10000,1000000] [--pending 1000000]
 */
const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '10000,1000000' }, pending: { type: 'string', default: '1000000' } },
});
const sizes = values.sizes.split(',').map(Number);
const sourceId = 'bench';
const rounds = 8;
const daySecs = 86_400;
const newest = new Date(Math.floor(Date.now() / 1000 / daySecs) * daySecs * 1000);
const perDay = 100_000;

/** Call start of the conversation of a number: 1 is the newest. */
const startOf = (number: number): Date => new Date(newest.getTime() - (number * daySecs * 1000) / perDay);
const idOf = (number: number): string => `conv_${String(number).padStart(12, '0')}`;

function listed(number: number, look = 'first'): ListedConversation {
  return {
    conversationId: idOf(number),
    agentId: 'agent',
    startedAt: startOf(number),
    status: 'done',
    isTerminal: true,
    fingerprint: look,
    row: { conversation_id: idOf(number), agent_name: 'Front desk', call_summary_title: 'x'.repeat(100) },
  };
}

const pageFrom = (first: number, look?: string): ConversationPage => ({
  conversations: Array.from({ length: 100 }, (_, index) => listed(first + index, look)),
  hasMore: true,
  rowCount: 100,
  nextCursor: 'next',
  totalCount: null,
  unusableRows: [],
});

const table = new Map<string, Map<number, StatementCost>>();
for (const size of sizes) {
  for (const [name, cost] of await measure(size)) {
    const ofName = table.get(name) ?? new Map<number, StatementCost>();
    table.set(name, ofName.set(size, cost));
  }
}
print();

async function measure(size: number): Promise<Map<string, StatementCost>> {
  await using postgres = await startPostgres();
  await migrateDatabase({ url: postgres.url, onWarning: () => {} });
  await using database = connectDatabase({
    url: postgres.url,
    poolSizeMax: 2,
    applicationName: 'bench',
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    onPoolError: () => {},
  });
  const { kysely } = database;
  await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
  const range = { after: startOf(size), before: newest };
  const ended = await startRun(kysely, { kind: 'sync', sourceId, range: null, filters: {} });
  const runId = await startRun(kysely, { kind: 'backfill', sourceId, range, filters: {} });
  const plan = { runId, sourceId, filters: {}, priority: 'backfill', origin: 'backfill' } as const;
  const [window] = await insertWindows(kysely, { ...plan, ranges: [range] });
  const pending = Math.min(Number(values.pending), Math.floor(size / 2));
  const started = performance.now();
  await fill(postgres.url, { size, pending, ended, runId, windowId: window!.windowId });
  console.error(
    `${size} conversations, ${pending} of them pending: filled in ${Math.round((performance.now() - started) / 1000)} s`,
  );
  await startSync(kysely, { sourceId, filters: {}, since: startOf(size), lookbackSecs: daySecs });
  return await costsOf(database, { size, runId, window: window! });
}

/**
 * Fills the tables from within: the conversations, of which the oldest wait for their details, and the statistics that
 * a database in use has.
 */
async function fill(
  url: string,
  of: { size: number; pending: number; ended: number; runId: number; windowId: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const start = `to_timestamp(${newest.getTime() / 1000}) - n * interval '1 second' * ${daySecs / perDay}`;
  const id = `'conv_' || lpad(n::text, 12, '0')`;
  const loaded = of.size - of.pending;
  await client.query(`set session_replication_role = replica`);
  await client.query(`
    insert into voxport_ops.inventory
      (source_id, conversation_id, state, agent_id, started_at, source_status, list_fingerprint, listed_row, priority, origin, wanted_run_id, wanted_window_id,
       seen_run_id, seen_at, discovered_at, wanted_at, fetched_at, loaded_at, load_outcome, next_check_at)
    select '${sourceId}', ${id}, case when n <= ${loaded} then 'loaded' else 'discovered' end, 'agent', ${start}, 'done', 'first',
           jsonb_build_object('conversation_id', ${id}, 'agent_name', 'Front desk', 'call_summary_title', repeat('x', 100)),
           'backfill', 'backfill', case when n <= ${loaded} then ${of.ended} else ${of.runId} end, ${of.windowId}, ${of.runId}, now(), ${start}, now() - interval '1 hour',
           case when n <= ${loaded} then ${start} end, case when n <= ${loaded} then ${start} end, case when n <= ${loaded} then 'inserted' end,
           case when n <= ${loaded} and n % 50 = 0 then now() - interval '1 hour' + n * interval '1 second' end
    from generate_series(1, ${of.size}) as n`);
  await client.query(`
    insert into voxport.conversations (source_id, conversation_id, agent_id, status, started_at, ended_at, first_seen_at, exported_at, observed_at, origin)
    select '${sourceId}', ${id}, 'agent', 'done', ${start}, ${start} + interval '3 minutes', ${start}, ${start}, ${start}, 'poll' from generate_series(1, ${loaded}) as n`);
  await client.query(`
    insert into voxport_ops.run_counts (run_id, listed, pending) values (${of.runId}, ${of.size}, ${of.pending})
    on conflict (run_id) do update set listed = excluded.listed, pending = excluded.pending`);
  await client.query(`update voxport_ops.runs set state = 'finished', finished_at = now() where run_id = ${of.ended}`);
  await client.query(`update voxport_ops.runs set started_at = now() - interval '10 hours' where run_id = ${of.runId}`);
  await client.query(`
    insert into voxport_ops.loaded_conversations (source_id, conversation_id, observed_at, origin, mapping_version)
    select '${sourceId}', ${id}, ${start}, 'poll', 1 from generate_series(1, ${loaded}) as n`);
  await client.query('set session_replication_role = origin');
  // The triggers that count did not run.
  await client.query(`select voxport_ops.count_anew('${sourceId}')`);
  for (const name of ['voxport_ops.inventory', 'voxport.conversations', 'voxport_ops.loaded_conversations']) {
    await client.query(`vacuum (analyze) ${name}`);
  }
  await client.query('checkpoint');
  await client.end();
}

async function costsOf(
  { kysely }: Database,
  { size, runId, window }: { size: number; runId: number; window: Window },
): Promise<Map<string, StatementCost>> {
  const costs = new Map<string, StatementCost>();
  const now = new Date();
  let page = 0;
  let known = 1;
  let unknown = -1;
  const bodies = async (first: number) =>
    Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        prepareLanding({
          payload: {
            conversationId: idOf(first + index),
            body: Buffer.alloc(2000, 'x'),
            receivedAtMs: performance.now(),
          },
          generation: 1,
        }),
      ),
    );
  const step = { kind: 'next_page', trail: newTrail } as const;
  const nextWindow = (): Window => ({ ...window, nextPage: page++ });
  let waiting = size - 2000;
  const run: Readonly<Record<string, () => Promise<unknown>>> = {
    'a page of 100 that has not changed (savePage)': () =>
      savePage(kysely, { window: nextWindow(), page: pageFrom((known += 100)), step }),
    'a page of 100 new calls (savePage)': () =>
      savePage(kysely, { window: nextWindow(), page: pageFrom((unknown -= 100)), step }),
    'a page of 100 that has changed (savePage)': () =>
      savePage(kysely, { window: nextWindow(), page: pageFrom((known += 100), 'second'), step }),
    'details of a page saved before (wantedOfPage)': () =>
      wantedOfPage(kysely, { sourceId, windowId: window.windowId, page: 1 }),
    'landing 15 payloads (landPayloads)': async () => landPayloads(kysely, sourceId, await bodies((waiting += 15))),
    'loading: claim and end (claimPayloads, settlePayloads)': () =>
      kysely.transaction().execute(async (transaction) => {
        const claimed = await claimPayloads(transaction, { sourceId, limit: 10, bytesMax: 1e8 });
        const payloads = claimed.map((payload) => ({ ...payload, outcome: 'inserted', checkInSecs: null }) as const);
        await settlePayloads(transaction, { sourceId, mappingVersion: 1, payloads });
      }),
    'position of the loader (moveLandedPosition)': () => moveLandedPosition(kysely, sourceId),
    'sweep: payloads wait (hasLandedPayloads)': () => hasLandedPayloads(kysely, sourceId),
    'sweep: details wanted long ago (overdueDetails)': () =>
      overdueDetails(kysely, { sourceId, wantedForMs: 60_000, after: null, limit: 1000 }),
    'sweep: fetched without a payload (wantStranded)': () =>
      wantStranded(kysely, { sourceId, fetchedForMs: 60_000, limit: 1000 }),
    'sweep: open windows (openWindows)': () => openWindows(kysely, sourceId),
    'sweep: counts of runs (foldRunCounts)': () => foldRunCounts(kysely, sourceId),
    'sweep: counts of the inventory (foldInventoryCounts)': () => foldInventoryCounts(kysely, sourceId),
    'sweep: notes of pages (forgetListedPages)': () => forgetListedPages(kysely, sourceId),
    'rechecks that are due (wantDueChecks)': () => wantDueChecks(kysely, { sourceId, runId: null, waitingMax: 200 }),
    'is a run settled (isRunSettled)': () => isRunSettled(kysely, runId),
    'counts of a run (countRun)': () => countRun(kysely, runId),
    'details of a resumed run (wantedOfRun)': () => wantedOfRun(kysely, { sourceId, runId, after: null, limit: 1000 }),
    'open runs (openRuns)': () => openRuns(kysely, { sourceId }),
    'planning a sync (startSync)': () =>
      startSync(kysely, { sourceId, filters: {}, since: startOf(size), lookbackSecs: daySecs }),
    'heartbeat (signalWorker)': () => signalWorker(kysely, { sourceId, workerId: 'worker' }),
    'is a detail wanted (isDetailWanted)': () =>
      isDetailWanted(kysely, { sourceId, conversationId: idOf(size), generation: 1 }),
    'alerts: pace of runs (readRunPaces)': () =>
      readRunPaces(kysely, { sourceIds: [sourceId], now, runningForSecs: 1, countFromFactor: 2 }),
    'alerts: signs of sources (readSourceSigns)': () => readSourceSigns(kysely, [sourceId]),
    'alerts: webhooks that come (readWebhookSigns)': () =>
      readWebhookSigns(kysely, { sourceIds: [sourceId], now, watchedSince: now }),
    'alerts: webhooks that are missing (readWebhookSigns)': () =>
      readWebhookSigns(kysely, { sourceIds: [sourceId], now, watchedSince: startOf(size) }),
    'outage: is a detail untried (hasUntriedDetail)': () => hasUntriedDetail(kysely, sourceId),
    'metrics (readSharedState)': () => readSharedState(kysely),
    'page: freshness (readFreshness)': () => readFreshness(kysely),
    'page: samples (takeSamples)': () => takeSamples(kysely),
    'page: runs (listRuns)': () => listRuns(kysely, { limit: 50, before: null }),
    'page: 31 days of coverage (readCoverage)': () =>
      readCoverage(kysely, { sourceId, filters: {}, from: dayText(31), to: dayText(0) }),
    'page: first day known (firstKnownDay)': () => firstKnownDay(kysely, sourceId),
    'status (readStatus)': () => readStatus(kysely),
    'verification: a page of 100 (compareListedPage)': () =>
      compareListedPage(kysely, { sourceId, listingId: randomUUID(), conversations: pageFrom(1100).conversations }),
    'verification: what a day will cost (countKnown)': () =>
      countKnown(kysely, { sourceId, range: { after: startOf(2 * perDay), before: startOf(perDay) } }),
    'verification: days verified longest ago (leastVerifiedDays)': () =>
      leastVerifiedDays(kysely, { sourceId, before: newest, limit: 1 }),
  };
  for (const [name, call] of Object.entries(run)) {
    // The first time warms caches and connections; of the others the quickest tells what the statement needs.
    await call();
    for (let round = 0; round < rounds; round += 1) {
      const cost = await watchStatements(call);
      const best = costs.get(name);
      if (best === undefined || cost.ms < best.ms) costs.set(name, cost);
    }
  }
  return costs;
}

function dayText(daysAgo: number): string {
  return new Date(newest.getTime() - daysAgo * daySecs * 1000).toISOString().slice(0, 10);
}

function print(): void {
  const heads = sizes.flatMap((size) => [`${size.toLocaleString('en')}: ms`, 'buffers']);
  console.log(`| statement | ${heads.join(' | ')} | dearest step at ${sizes.at(-1)!.toLocaleString('en')} |`);
  console.log(`| --- | ${heads.map(() => '---').join(' | ')} | --- |`);
  for (const [name, ofName] of table) {
    const cells = sizes.flatMap((size) => {
      const cost = ofName.get(size);
      return cost === undefined ? ['', ''] : [cost.ms.toFixed(1), String(cost.buffers)];
    });
    console.log(`| ${name} | ${cells.join(' | ')} | ${ofName.get(sizes.at(-1)!)?.dearest ?? ''} |`);
  }
}
