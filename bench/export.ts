import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTreeUsage, readUsage, type Usage } from './process-usage.ts';
import { readStatementCosts } from './statement-costs.ts';
import { runSync } from './run-sync.ts';
import { startPostgres, startRedis, startSimulator } from './servers.ts';

/**
 * The whole export, measured from outside: simulator, Postgres, queue and `voxport sync` each in processes of their
 * own.
 * node bench/export.ts [--queue redis|postgres] [--conversations 10000] [--in-flight 64] [--turns 20] [--chats]
 * [--rounds 1] [--profile DIRECTORY]
 *
 * With --profile a CPU profile of `voxport sync` and the cost of each statement go to a directory; both cost something
 * themselves, so figures of such a run compare with those of another one only.
 */
const { values } = parseArgs({
  options: {
    queue: { type: 'string', default: 'redis' },
    conversations: { type: 'string', default: '10000' },
    'in-flight': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '1' },
    turns: { type: 'string', default: '20' },
    chats: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const conversations = Number(values.conversations);

for (let round = 0; round < Number(values.rounds); round += 1) console.log(JSON.stringify(await measure(values.queue)));

async function measure(queue: string): Promise<Record<string, unknown>> {
  const { profile } = values;
  await using postgres = await startPostgres({ countsStatements: profile !== undefined });
  await using redis = queue === 'redis' ? await startRedis() : null;
  const month = ['--start', String(Date.UTC(2026, 8, 1) / 1000), '--end', String(Date.UTC(2026, 9, 1) / 1000)];
  await using simulator = await startSimulator([
    '--count',
    String(conversations),
    '--seed',
    '11',
    '--key',
    'bench',
    '--turns',
    values.turns,
    ...(values.chats ? ['--chats'] : []),
    '--remember',
    String(conversations),
    ...month,
  ]);
  const sizes = await askForAll(simulator.url);
  const config = {
    sources: [
      {
        name: 'bench',
        base_url: simulator.url,
        api_key_env: 'BENCH_KEY',
        concurrency: { start: Number(values['in-flight']), max: Number(values['in-flight']) },
      },
    ],
  };
  const configFile = `data:${JSON.stringify(config)}`;
  const settings = {
    DATABASE_URL: postgres.url,
    ...(redis === null ? {} : { QUEUE_URL: redis.url }),
    BENCH_KEY: 'bench',
    VOXPORT_CONFIG: await writeConfig(configFile.slice('data:'.length)),
  };
  const simulatorBefore = (await readUsage(simulator.pid))!;
  const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const { result, voxport, postgresCpuSecs } = await runSync({ settings, postgres, flags });
  const secs = result.duration_ms / 1000;
  if (profile !== undefined) {
    await mkdir(profile, { recursive: true });
    const costs = await readStatementCosts(postgres.url);
    await writeFile(join(profile, `statements-${queue}.json`), `${JSON.stringify(costs, null, 2)}\n`);
  }
  const simulatorAfter = (await readUsage(simulator.pid))!;
  return {
    queue,
    conversations: result.loaded,
    ...sizes,
    failed: result.failed,
    secs: rounded(secs),
    conversations_per_sec: Math.round(result.loaded / secs),
    requests_per_conversation: rounded((result.fetched + result.pages) / result.loaded),
    voxport: usageOf(voxport),
    postgres: { cpu_secs: rounded(postgresCpuSecs), peak_mib: Math.round((await readTreeUsage(postgres.pid)).peakMib) },
    simulator: usageOf({ ...simulatorAfter, cpuSecs: simulatorAfter.cpuSecs - simulatorBefore.cpuSecs }),
    ...(redis === null ? {} : { redis: usageOf((await readUsage(redis.pid))!) }),
  };
}

function usageOf({ cpuSecs, peakMib }: Usage): Record<string, number> {
  return { cpu_secs: rounded(cpuSecs), peak_mib: Math.round(peakMib) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Asks for every detail once, so that the simulator has them ready: its rendering is not what is measured. */
async function askForAll(url: string): Promise<{ mean_bytes: number; mean_turns: number }> {
  const headers = { 'xi-api-key': 'bench' };
  let [bytes, turns, count] = [0, 0, 0];
  let cursor: string | null = '';
  while (cursor !== null) {
    const list = await fetch(
      `${url}/v1/convai/conversations?page_size=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
      {
        headers,
      },
    );
    const page = (await list.json()) as { conversations: { conversation_id: string }[]; next_cursor: string | null };
    for (const { conversation_id: id } of page.conversations) {
      const answer = await (await fetch(`${url}/v1/convai/conversations/${id}`, { headers })).text();
      bytes += answer.length;
      turns += (JSON.parse(answer) as { transcript: unknown[] }).transcript.length;
      count += 1;
    }
    cursor = page.next_cursor;
  }
  return { mean_bytes: Math.round(bytes / count), mean_turns: rounded(turns / count) };
}

async function writeConfig(content: string): Promise<string> {
  const path = `${await mkdtemp('/tmp/voxport-bench-')}/sources.json`;
  await writeFile(path, content);
  return path;
}
