import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { startTestServers } from '../../packages/testkit/src/start-servers.ts';
import { takeOverClock, wallMs } from './clock.ts';
import { historyOf, type Command } from './commands.ts';
import { invariants, play, type Invariant, type PlayedCounts } from './history.ts';
import { prepareStatements } from './prepare-statements.ts';
import { openStore, type Store } from './store.ts';

/**
 * Plays histories from the command line: `node test/model/main.ts --histories 10000 --seed 1`. Each history has a seed
 * of its own, counted up from the given one: `--histories 1 --seed N` plays one again. What breaks an invariant is
 * shrunk and printed, and the exit code is 1.
 */
interface Options {
  readonly postgresUrl: string;
  /** Claims that everything was listed, behind the product's back: the invariant must find it. */
  readonly isFalsified: boolean;
  readonly histories: number;
  readonly seed: number;
  readonly every: number;
  readonly commandsMax: number;
  readonly checked: readonly Invariant[];
  readonly without: readonly string[];
  readonly only: readonly string[];
  readonly findingsMax: number;
}

type Told =
  | { readonly kind: 'played'; readonly counts: PlayedCounts }
  | { readonly kind: 'found'; readonly seed: number; readonly error: string; readonly history: readonly Command[] };

async function playMany(store: Store, options: Options, tell: (told: Told) => void): Promise<void> {
  let findings = 0;
  for (let index = 0; index < options.histories && findings < options.findingsMax; index += options.every) {
    const seed = options.seed + index;
    const found = await playSeed(store, { ...options, seed }, (counts) => tell({ kind: 'played', counts }));
    if (found === null) continue;
    findings += 1;
    tell({ kind: 'found', ...found });
  }
}

async function playSeed(
  store: Store,
  options: Options,
  onPlayed: (counts: PlayedCounts) => void,
): Promise<{ seed: number; error: string; history: Command[] } | null> {
  const { seed, commandsMax, without, only, isFalsified } = options;
  const checked = new Set(options.checked);
  let isFirst = true;
  const result = await fc.check(
    fc.asyncProperty(historyOf({ commandsMax, without, only }), async (history) => {
      const counts = await play(store, history, { checked, isFalsified });
      if (isFirst) onPlayed(counts);
      isFirst = false;
    }),
    { seed, numRuns: 1, endOnFailure: false },
  );
  if (!result.failed) return null;
  const error = result.errorInstance;
  return {
    seed,
    error:
      error instanceof Error
        ? error.name === 'Violation'
          ? error.message
          : (error.stack ?? error.message)
        : String(error),
    history: result.counterexample![0],
  };
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      commands: { type: 'string', default: '30' },
      workers: { type: 'string', default: String(2 * availableParallelism()) },
      check: { type: 'string', default: invariants.join(',') },
      without: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      findings: { type: 'string', default: '1' },
      postgres: { type: 'string' },
      falsify: { type: 'boolean', default: false },
    },
  });
  const servers = values.postgres === undefined ? await startTestServers({}) : null;
  const postgresUrl = servers?.servers.postgresUrl ?? values.postgres!;
  const beganMs = wallMs();
  const every = Number(values.workers);
  const total = { histories: 0, steps: 0, deaths: 0, listRequests: 0, fetches: 0, findings: 0 };
  try {
    await Promise.all(
      Array.from({ length: every }, (_, offset) => {
        const data: Options = {
          postgresUrl,
          isFalsified: values.falsify,
          histories: Number(values.histories) - offset,
          seed: Number(values.seed) + offset,
          every,
          commandsMax: Number(values.commands),
          checked: values.check.split(',').filter(Boolean) as Invariant[],
          only: values.only.split(',').filter(Boolean),
          without: values.without.split(',').filter(Boolean),
          findingsMax: Number(values.findings),
        };
        return new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: data });
          worker.on('message', (told: Told) => {
            if (told.kind === 'played') {
              total.histories += 1;
              total.steps += told.counts.steps;
              total.deaths += told.counts.deaths;
              total.listRequests += told.counts.listRequests;
              total.fetches += told.counts.fetches;
              if (total.histories % 100 === 0)
                process.stdout.write(`${total.histories} histories, ${Math.round((wallMs() - beganMs) / 1000)} s\n`);
            } else {
              total.findings += 1;
              process.stdout.write(
                `\nseed ${told.seed}\n${told.error}\n${told.history.map((command) => JSON.stringify(command)).join(',\n')}\n`,
              );
            }
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        });
      }),
    );
  } finally {
    await servers?.stop();
  }
  process.stdout.write(`${JSON.stringify({ ...total, secs: Math.round((wallMs() - beganMs) / 1000) })}\n`);
  process.exitCode = total.findings > 0 ? 1 : 0;
} else {
  const options = workerData as Options;
  takeOverClock();
  prepareStatements();
  await using store = await openStore(options.postgresUrl);
  await playMany(store, options, (told) => parentPort!.postMessage(told, []));
}
