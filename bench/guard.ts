import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { readEndedChildrenSecs, readTreeUsage } from './process-usage.ts';
import { runSync } from './run-sync.ts';
import { startPostgres, startSimulator, startVoxport, type BenchServer } from './servers.ts';

/**
 * Fails when an export has become dearer. A short export and a bare loop (bare-loop.ts) take turns on one machine, each
 * into a new database, and what both need of the processor is compared: seconds of a clock tell of whatever else the
 * machine does, seconds of a processor hardly. The median of three rounds decides.
 * node bench/guard.ts [--rounds 3] [--conversations 1500]
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, conversations: { type: 'string', default: '1500' } },
});
const conversations = Number(values.conversations);

/**
 * Processor time of the bare loop in that of the export, process and Postgres together: at least this much. It is 0.30
 * to 0.31, and was 0.17 with an index that the check of foreign keys took for the primary key. Raise the floor when the
 * export has become cheaper.
 */
const shareMin = 0.2;

const directory = await mkdtemp(join(tmpdir(), 'voxport-guard-'));
try {
  await using postgres = await startPostgres();
  await using simulator = await startSimulator([
    ...['--count', String(conversations), '--remember', String(conversations), '--seed', '11', '--key', 'bench'],
    ...['--turns', '20', '--chats', '--start', String(Date.UTC(2026, 8, 1) / 1000)],
    ...['--end', String(Date.UTC(2026, 9, 1) / 1000)],
  ]);
  // Renders every answer once, so that no round pays for that.
  await runBareLoop(postgres, simulator.url, await newDatabase(postgres, 'warm'));
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const bare = await runBareLoop(postgres, simulator.url, await newDatabase(postgres, `bare_${round}`));
    const exported = await runExport(postgres, simulator.url, await newDatabase(postgres, `export_${round}`));
    rounds.push({ share: rounded(bare.total / exported.total), bare, export: exported });
    console.log(JSON.stringify(rounds.at(-1)));
  }
  const shares = rounds.map(({ share }) => share).toSorted((a, b) => a - b);
  const median = shares[Math.floor(shares.length / 2)]!;
  if (median < shareMin) {
    throw new Error(
      `The export has become dearer: the bare loop needs ${median} of its processor time, and ${shareMin} at least is the floor. Find the statement or the function by: node bench/export.ts --profile DIRECTORY`,
    );
  }
  console.log(`The bare loop needs ${median} of the export's processor time; the floor is ${shareMin}.`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Milliseconds of processor time a conversation. */
interface Cost {
  readonly process: number;
  readonly postgres: number;
  readonly total: number;
}

async function runBareLoop(postgres: BenchServer, source: string, database: string): Promise<Cost> {
  const before = await readTreeUsage(postgres.pid);
  const endedSecs = await readEndedChildrenSecs();
  const loop = startVoxport(['bench/bare-loop.ts', '--source', source, '--database', database], {});
  const [answer] = await Promise.all([text(loop.stdout!), once(loop, 'exit')]);
  const { conversations: written } = JSON.parse(answer) as { conversations: number };
  const loopSecs = (await readEndedChildrenSecs()) - endedSecs;
  return costOf(written, loopSecs, (await readTreeUsage(postgres.pid)).cpuSecs - before.cpuSecs);
}

async function runExport(postgres: BenchServer, source: string, database: string): Promise<Cost> {
  const config = {
    sources: [{ name: 'bench', base_url: source, api_key_env: 'BENCH_KEY', concurrency: { start: 16, max: 16 } }],
  };
  const path = join(directory, 'sources.json');
  await writeFile(path, JSON.stringify(config));
  const settings = { DATABASE_URL: database, BENCH_KEY: 'bench', VOXPORT_CONFIG: path };
  const { result, voxport, postgresCpuSecs } = await runSync({ settings, postgres });
  return costOf(result.loaded, voxport.cpuSecs, postgresCpuSecs);
}

function costOf(written: number, processSecs: number, postgresSecs: number): Cost {
  if (written !== conversations) throw new Error(`${written} of ${conversations} conversations were written.`);
  const of = (secs: number): number => rounded((secs * 1000) / conversations);
  return { process: of(processSecs), postgres: of(postgresSecs), total: of(processSecs + postgresSecs) };
}

async function newDatabase(postgres: BenchServer, name: string): Promise<string> {
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
