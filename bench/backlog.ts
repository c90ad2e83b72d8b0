import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { readTreeUsage, readUsage } from './process-usage.ts';
import { startPostgres, startRedis, startSimulator, startVoxport } from './servers.ts';

/**
 * A backlog without an end, measured from outside: a backfill of many conversations while no loader runs, first as the
 * fleet lists them itself, then with all of them listed and wanted and the queue rebuilt. Everything must come to rest,
 * and stay small.
 * node bench/backlog.ts [--conversations 1000000] [--rest-secs 15]
 */
const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '1000000' },
    'rest-secs': { type: 'string', default: '15' },
  },
});
const conversations = Number(values.conversations);
const restSecs = Number(values['rest-secs']);
const [start, end] = [Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 10, 1) / 1000];

await using postgres = await startPostgres();
await using redis = await startRedis();
await using simulator = await startSimulator(
  Object.entries({ count: conversations, seed: 11, key: 'bench', start, end }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]),
);
const directory = await mkdtemp(join(tmpdir(), 'voxport-bench-'));
const configPath = join(directory, 'sources.json');
await writeFile(
  configPath,
  JSON.stringify({
    sources: [
      { name: 'bench', base_url: simulator.url, api_key_env: 'BENCH_KEY', concurrency: { start: 32, max: 32 } },
    ],
  }),
);
const settings = { DATABASE_URL: postgres.url, QUEUE_URL: redis.url, BENCH_KEY: 'bench', VOXPORT_CONFIG: configPath };
const database = new pg.Client({ connectionString: postgres.url });
await database.connect();
const store = new Redis(redis.url);

await command('migrate');
await command('backfill', '--from', '2026-01-01', '--to', '2026-11-01', '--detach');
const processes = ['scheduler', 'worker'].map((name) => ({
  name,
  child: startVoxport([`services/${name}/src/main.ts`], settings),
}));
for (const { child } of processes) child.stdout!.resume();

await settle();
await report('listed by the fleet itself');
await database.query(
  `insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin, wanted_run_id, wanted_window_id, wanted_at)
   select 'bench', 'conv_wanted_' || n, 'discovered', now(), 'backfill', 'backfill', r.run_id, w.window_id, now() - interval '1 hour'
   from generate_series(1, $1::int) n, (select min(run_id) as run_id from voxport_ops.runs) r, (select min(window_id) as window_id from voxport_ops.windows) w`,
  [conversations],
);
await command('rebuild-queue');
await settle();
await report('all listed, queue rebuilt');

for (const { child } of processes) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}
store.disconnect();
await database.end();
await rm(directory, { recursive: true });

async function command(...args: string[]): Promise<void> {
  const child = startVoxport(['services/cli/src/main.ts', ...args], settings);
  child.stdout!.resume();
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`voxport ${args[0]} ended with ${code}`);
}

/** Waits until nothing has been fetched or listed for a while. */
async function settle(): Promise<void> {
  for (let before = '', sinceMs = performance.now(); performance.now() - sinceMs < restSecs * 1000; await sleep(500)) {
    const { landed, inventory } = await counts();
    const now = `${landed} ${inventory} ${await store.dbsize()}`;
    if (now === before) continue;
    before = now;
    sinceMs = performance.now();
  }
}

async function counts(): Promise<{ landed: number; inventory: number }> {
  const { rows } = await database.query<{ landed: number; inventory: number }>(
    `select (select count(*)::int from voxport_raw.payloads) as landed, (select count(*)::int from voxport_ops.inventory) as inventory`,
  );
  return rows[0]!;
}

async function report(what: string): Promise<void> {
  const usedBytes = Number(/^used_memory:(\d+)/m.exec(await store.info('memory'))?.[1]);
  const peaks = await Promise.all(
    processes.map(async ({ name, child }) => [`${name}_peak_mib`, Math.round((await readUsage(child.pid!))!.peakMib)]),
  );
  console.log(
    JSON.stringify({
      what,
      conversations,
      ...(await counts()),
      queue_keys: await store.dbsize(),
      queue_mib: Math.round((usedBytes / 1024 / 1024) * 10) / 10,
      ...Object.fromEntries(peaks),
      postgres_backend_peak_mib: Math.round((await readTreeUsage(postgres.pid)).peakMib),
    }),
  );
}
