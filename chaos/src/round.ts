import { compareWithTruth } from './check/compare-with-truth.ts';
import { countJobs, readPipelineState, saysDone } from './check/pipeline-state.ts';
import type { Fault } from './faults/fault.ts';
import type { QueueStore } from './options.ts';
import { makeRandom } from './random.ts';
import type { ChaosPostgres } from './stage/postgres.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { until } from './until.ts';

/** How a round ended. */
export interface RoundResult {
  readonly fault: string;
  readonly queue: QueueStore;
  readonly round: number;
  readonly work: 'sync' | 'backfill';
  readonly outcome: 'held' | 'broken' | 'skipped';
  /** What did not hold; or why it was skipped. */
  readonly problems: readonly string[];
  /** What the fault did, in its own words. */
  readonly notes: readonly string[];
  /** From the end of the fault until everything was done; null when it never was. */
  readonly settledSecs: number | null;
  readonly tookSecs: number;
  /** Requests for details that the API answered, for each conversation: 1 when nothing was fetched twice. */
  readonly requestsPerConversation: number;
  readonly directory: string;
}

export interface RoundSettings {
  readonly fault: Fault;
  readonly queue: QueueStore;
  readonly round: number;
  readonly seed: string;
  readonly conversations: number;
  readonly directory: string;
  readonly databaseName: string;
  readonly postgres: ChaosPostgres;
  readonly signal: AbortSignal;
}

const settlesWithinSecs = 120;
/** The moment of the fault: when this share of the conversations has been asked for. */
const momentShares = { min: 0.08, max: 0.7 };

/** Plays one round: the fleet works, the fault comes and goes, and everything must settle by itself. */
export async function playRound(settings: RoundSettings): Promise<RoundResult> {
  const { fault, queue, round, conversations, directory, signal } = settings;
  const random = makeRandom(settings.seed, fault.name, queue, round);
  const work = fault.work ?? random.pick(['sync', 'backfill']);
  const share = momentShares.min + random.next() * (momentShares.max - momentShares.min);
  const startedMs = performance.now();
  const notes: string[] = [];
  let settledSecs: number | null = null;
  let requestsPerConversation = 0;
  const end = (outcome: RoundResult['outcome'], problems: readonly string[]): RoundResult => ({
    ...{
      fault: fault.name,
      queue,
      round,
      work,
      outcome,
      problems,
      notes,
      settledSecs,
      requestsPerConversation,
      directory,
    },
    tookSecs: (performance.now() - startedMs) / 1000,
  });

  await using opened = new AsyncDisposableStack();
  let stage: Stage | null = null;
  try {
    stage = opened.use(
      await openStage({
        ...{ directory, queue, work, conversations, random, signal, databaseName: settings.databaseName },
        postgres: settings.postgres,
        simulator: fault.simulator ?? {},
        proxies: fault.proxies ?? [],
        requestsBefore: share * conversations,
        note: (text) => notes.push(text),
      }),
    );
    const whyNot = (await fault.whyNot?.(stage)) ?? null;
    if (whyNot !== null) return end('skipped', [whyNot]);
    if (fault.listDelayMs !== undefined) {
      const action = { do: 'delay', ms: fault.listDelayMs } as const;
      stage.simulator.setFaults([{ match: { endpoint: 'list' }, action }]);
    }
    if (fault.moment === 'before_start') {
      await fault.play(stage);
    } else {
      await stage.fleet.startAll();
      await stage.planWork();
      if (fault.moment !== 'with_work') await stage.workIsUnderWay();
      await fault.play(stage);
    }
    stage.simulator.setFaults([]);
    const endedMs = performance.now();
    const problems = await waitUntilDone(stage, work, fault.settlesWithinSecs ?? settlesWithinSecs);
    if (problems.length === 0) {
      settledSecs = (performance.now() - endedMs) / 1000;
      problems.push(...(await check(stage, work, conversations)));
    }
    problems.push(...stage.fleet.unexpectedEnds());
    const { detail } = stage.simulator.stats().requests;
    requestsPerConversation = (detail?.['200'] ?? 0) / conversations;
    return end(problems.length === 0 ? 'held' : 'broken', problems);
  } catch (error) {
    signal.throwIfAborted();
    return end('broken', [describe(error), ...(stage?.fleet.unexpectedEnds() ?? [])]);
  }
}

/** Waits until the pipeline says that it is done and the queue is empty; tells what was left when the time is over. */
async function waitUntilDone(stage: Stage, work: 'sync' | 'backfill', timeoutSecs: number): Promise<string[]> {
  const queueUrl = stage.redis?.url ?? stage.databaseUrl;
  let left = 'nothing could be read';
  try {
    await until(
      'everything to settle',
      async () => {
        const state = await readPipelineState(stage.query, work);
        left = JSON.stringify(state);
        if (!saysDone(state)) return false;
        const jobs = await countJobs(queueUrl);
        left = `${jobs} jobs in the queue`;
        return jobs === 0;
      },
      { timeoutMs: timeoutSecs * 1000, signal: stage.signal, everyMs: 250 },
    );
    return [];
  } catch (error) {
    stage.signal.throwIfAborted();
    return [`${describe(error)}; left: ${left}`];
  }
}

/** What the pipeline says is done is compared with what the API served. */
async function check(stage: Stage, work: 'sync' | 'backfill', conversations: number): Promise<string[]> {
  const state = await readPipelineState(stage.query, work);
  const problems: string[] = [];
  if (state.known !== conversations)
    problems.push(`${state.known} conversations are known, ${conversations} are listed`);
  if (state.loaded !== conversations) problems.push(`${state.loaded} conversations are loaded, of ${conversations}`);
  if (state.openFailures > 0)
    problems.push(`${state.openFailures} failures are open: ${await describeFailures(stage)}`);
  if (state.failedWindows > 0) problems.push(`${state.failedWindows} windows failed`);
  if (state.runsWithFailures > 0) problems.push(`${state.runsWithFailures} runs finished with failures`);
  const { compared, differences } = await compareWithTruth(stage.query, stage.simulator.truths());
  if (compared !== conversations) problems.push(`the truth has ${compared} conversations, not ${conversations}`);
  return [...problems, ...differences];
}

async function describeFailures(stage: Stage): Promise<string> {
  const rows = await stage.query(
    `select stage, error_class, left(message, 160) as message, count(*) as count from voxport_ops.failures
     where resolved_at is null group by 1, 2, 3 order by count desc limit 3`,
  );
  return JSON.stringify(rows);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
