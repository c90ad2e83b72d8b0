import { parseArgs } from 'node:util';
import { once } from 'node:events';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { startTestServers } from '../../packages/testkit/src/start-servers.ts';
import { takeOverClock, wallMs } from '../model/clock.ts';
import { openStore } from '../model/store.ts';
import { startApiServer, type ServedSource } from './api-server.ts';
import { readKeys } from './cells.ts';
import { readDocuments } from './documents.ts';
import { invariants, playRound, type Invariant, type RoundCounts } from './round.ts';

/**
 * Mutates recorded and generated answers, and plays them through the real pipeline:
 * `node test/fuzz/main.ts --count 10000 --seed 1`. A round has a seed of its own, counted up from the given one:
 * `--count 1 --seed N` plays one again. What breaks an invariant is printed, and the exit code is 1.
 */
interface Options {
  readonly postgresUrl: string;
  readonly seed: number;
  readonly count: number;
  /** After so many findings it ends. */
  readonly findingsMax: number;
  readonly conversations: number;
  /** Invariants that are broken behind the product's back, one a round: the fuzz must find it. */
  readonly falsify: readonly Invariant[];
}

// The clock of its thread is the model's: what starts and stops servers needs the real one.
if (isMainThread) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '200' },
      findings: { type: 'string', default: '20' },
      postgres: { type: 'string' },
      conversations: { type: 'string', default: '60' },
      falsify: { type: 'string', default: '' },
    },
  });
  const named = values.falsify.split(',').filter(Boolean);
  const falsify = invariants.filter((invariant) => named.includes(invariant));
  if (falsify.length < named.length) throw new Error(`--falsify names some of ${invariants.join(', ')}.`);
  const servers = values.postgres === undefined ? await startTestServers({}) : null;
  const options: Options = {
    postgresUrl: values.postgres ?? servers!.servers.postgresUrl,
    seed: Number(values.seed),
    count: Number(values.count),
    findingsMax: Number(values.findings),
    conversations: Number(values.conversations),
    falsify,
  };
  try {
    const worker = new Worker(new URL(import.meta.url), { workerData: options });
    const [code] = (await once(worker, 'exit')) as [number];
    process.exitCode = code;
  } finally {
    await servers?.stop();
  }
} else {
  process.exitCode = (await fuzz(workerData as Options)) > 0 ? 1 : 0;
}

async function fuzz({ postgresUrl, seed, count, findingsMax, conversations, falsify }: Options): Promise<number> {
  const beganMs = wallMs();
  const total: RoundCounts = { payloads: 0, mutations: 0, twins: 0, webhooks: 0, cells: 0, loaded: 0, failed: 0 };
  let [findings, rounds] = [0, 0];
  const documents = await readDocuments();
  takeOverClock();
  await using store = await openStore(postgresUrl);
  const served = { mutated: sourceOf('mutated'), twin: sourceOf('twin') };
  const server = await startApiServer(Object.values(served));
  try {
    const webhooks = Math.ceil(conversations / 4);
    const stage = { store, keys: await readKeys(store.query), documents, served, server, conversations, webhooks };
    for (; rounds < falsify.length || (total.payloads < count && findings < findingsMax); rounds += 1) {
      const played = await playRound(stage, seed + rounds, falsify[rounds] ?? null);
      for (const key of Object.keys(total) as (keyof RoundCounts)[]) total[key] += played.counts[key];
      findings += played.findings.length;
      for (const { invariant, subject, message } of played.findings)
        process.stdout.write(`seed ${seed + rounds}: ${invariant}: ${subject}: ${message}\n`);
      if (rounds % 10 === 9) process.stdout.write(`${total.payloads} payloads, ${secsSince(beganMs)} s\n`);
    }
  } finally {
    await server.close();
  }
  process.stdout.write(`${JSON.stringify({ seed, rounds, ...total, findings, secs: secsSince(beganMs) })}\n`);
  return findings;
}

function sourceOf(sourceId: string): ServedSource {
  return { sourceId, conversations: [], spoiltPages: [] };
}

function secsSince(ms: number): number {
  return Math.round((wallMs() - ms) / 1000);
}
