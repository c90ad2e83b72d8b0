import type { ListFilters } from '../../packages/domain/src/index.ts';
import { fingerprintOf, makeModelApi, type Call, type ModelApi } from './api.ts';
import { epochMs, modelNowMs } from './clock.ts';
import type { Command } from './commands.ts';
import { readCoverage, without, type ClaimedCoverage } from './coverage.ts';
import { makeLoader, makeOperator, makeScheduler, makeWorker, type SourceSettings } from './fleet.ts';
import type { Mortal } from './mortal.ts';
import { makeModelQueue, type ModelJob, type ModelQueue } from './queue.ts';
import type { Store } from './store.ts';

/** What must hold, whatever is played. */
export const invariants = ['coverage', 'complete', 'fresh', 'once'] as const;
export type Invariant = (typeof invariants)[number];

/** An invariant that a history has broken. */
class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

export interface PlayOptions {
  readonly checked: ReadonlySet<Invariant>;
  /** Has the product claim, from the start, that it has listed everything: for the test of the invariant. */
  readonly isFalsified?: boolean;
  /** Told of each command before it is played. */
  readonly onCommand?: (command: Command, nowMs: number) => void;
}

/** What a history has come to, for whoever counts. */
export interface PlayedCounts {
  steps: number;
  deaths: number;
  listRequests: number;
  fetches: number;
}

interface Row {
  readonly sourceId: string;
  readonly id: string;
  readonly state: string;
  readonly generation: number;
  readonly origin: string;
  readonly fingerprint: string | null;
  readonly title: string | null;
  readonly status: string | null;
  readonly hasFailure: boolean;
}

/** What the database holds of one source. */
interface Held {
  readonly rows: Map<string, Row>;
  readonly coverage: readonly ClaimedCoverage[];
}

interface PlayedSource {
  settings: SourceSettings;
  isConfigured: boolean;
  readonly api: ModelApi;
  readonly queue: ModelQueue;
  scheduler: ReturnType<typeof makeScheduler>;
  worker: ReturnType<typeof makeWorker>;
  loader: ReturnType<typeof makeLoader>;
  /**
   * Ended calls that are loaded as the API has them, under the fingerprint that the list showed: there is no reason to
   * ask for them again.
   */
  readonly settled: Map<string, string>;
  /** Schedules that were carried out whole since a call appeared, by call. */
  readonly schedulesSince: Map<string, number>;
  quietSinceMs: number;
}

/** A schedule's period, in the model. */
const scheduleMs = 60_000;
/** A list request that failed is tried again within so long, whatever was wrong: the schedule does not count before. */
const faultFadesMs = 120_000;
/** Rounds of schedule, sweep, work and load after the faults, within which everything must be where it belongs. */
const healingRounds = 14;

/**
 * Plays a history from an empty database, checks the invariants after each command, then ends the faults and checks
 * that all becomes complete. Throws `Violation`.
 */
export async function play(store: Store, commands: readonly Command[], options: PlayOptions): Promise<PlayedCounts> {
  await store.reset(epochMs);
  const counts: PlayedCounts = { steps: 0, deaths: 0, listRequests: 0, fetches: 0 };
  const sources: PlayedSource[] = [];
  for (const sourceId of ['one', 'two']) sources.push(open({ sourceId, filters: {}, since: null }));
  let operator = makeOperator(store);
  let calls = 0;
  /** What the database holds; null once a process may have written to it. */
  let held: ReadonlyMap<string, Held> | null = null;
  /** Who has done something last. */
  let lastActive: object | null = null;
  for (const source of sources) await source.scheduler.start();
  if (options.isFalsified === true) {
    await store.query(
      `insert into voxport_ops.coverage (source_id, dialect, filters, listed) select source_id, dialect, '{}', '{(,)}' from voxport_ops.sources`,
    );
  }

  function open(settings: SourceSettings): PlayedSource {
    const parts = { database: store.database, queue: makeModelQueue(), api: makeModelApi() };
    return {
      settings,
      isConfigured: true,
      api: parts.api,
      queue: parts.queue,
      scheduler: makeScheduler(settings, parts),
      worker: makeWorker(settings, parts),
      loader: makeLoader(settings, parts),
      settled: new Map(),
      schedulesSince: new Map(),
      quietSinceMs: Number.NEGATIVE_INFINITY,
    };
  }

  /** Has the source's processes start anew, as after a death or with another configuration. */
  function restart(source: PlayedSource): void {
    const parts = { database: store.database, queue: source.queue, api: source.api };
    source.scheduler = makeScheduler(source.settings, parts);
    source.worker = makeWorker(source.settings, parts);
    source.loader = makeLoader(source.settings, parts);
  }

  /** Has a process do something, and die of it where it says so. Says whether it lived. */
  async function live(
    process: { readonly mortal: Mortal },
    dieAt: number | null,
    act: () => Promise<void>,
  ): Promise<boolean> {
    process.mortal.arm(dieAt);
    held = null;
    lastActive = process;
    let problem: unknown = null;
    try {
      await act();
    } catch (error) {
      problem = error;
    }
    counts.steps += process.mortal.steps();
    if (!process.mortal.isDead()) {
      if (problem !== null) throw problem instanceof Error ? problem : new Error('not an error', { cause: problem });
      return true;
    }
    counts.deaths += 1;
    // What is no longer awaited has been rolled back, or is on its way: wait until Postgres has none of it.
    for (const source of sources) restart(source);
    operator = makeOperator(store);
    return false;
  }

  async function pass(ms: number): Promise<void> {
    await store.leapTo(modelNowMs() + ms);
  }

  function sourceOf(command: { readonly source: number }): PlayedSource {
    return sources[command.source % sources.length]!;
  }

  function callOf(source: PlayedSource, index: number): Call | undefined {
    const visible = [...source.api.calls.values()].filter(({ isVisible }) => isVisible);
    // The newest first: what was shrunk refers to what is near.
    return visible.at(-1 - (index % Math.max(1, visible.length)));
  }

  async function work(source: PlayedSource, job: ModelJob, dieAt: number | null): Promise<boolean> {
    const { reference } = job;
    const isDetail = reference.name === 'fetch-conversation';
    const before = source.api.fetches.length;
    const isRedelivered = job.deliveries > 0;
    const id = isDetail ? reference.payload.conversationId : '';
    const settledAs = source.settled.get(id);
    const isAlone = lastActive === source.worker;
    const lived = await live(source.worker, dieAt, () => source.worker.work(job, isAlone));
    const fetched = source.api.fetches.slice(before);
    if (isDetail && settledAs !== undefined && fetched.length > 0 && !isRedelivered && options.checked.has('once')) {
      const call = source.api.calls.get(id)!;
      const { rows } = await readHeld(source);
      if (call.isEnded && fingerprintOf(call) === settledAs && rows.get(id)?.origin !== 'refresh')
        throw new Violation(
          'once',
          `${id} had ended, was loaded, has not changed, and was fetched again (generation ${reference.payload.generation})`,
        );
    }
    return lived;
  }

  /**
   * Works off the jobs that a schedule's listing needs, as far as they can be taken up within its period; the details
   * wait.
   */
  async function listWithinSchedule(source: PlayedSource): Promise<void> {
    const untilMs = modelNowMs() + scheduleMs;
    for (let requests = 0; requests < 200; requests += 1) {
      const page = source.queue.takeable().find(({ reference }) => reference.name === 'list-page');
      if (page !== undefined) {
        await work(source, page, null);
        continue;
      }
      const dueMs = source.queue.nextDueMs();
      const isPageDelayed = [...source.queue.jobs.values()].some(({ reference }) => reference.name === 'list-page');
      if (dueMs === null || !isPageDelayed || dueMs <= modelNowMs() || dueMs > untilMs) break;
      await store.leapTo(dueMs);
    }
    await store.leapTo(Math.max(modelNowMs(), untilMs));
  }

  async function cycle(source: PlayedSource): Promise<void> {
    if (!source.isConfigured) return;
    const isQuiet =
      !source.api.isAtFault() && modelNowMs() - source.quietSinceMs > faultFadesMs && !(await isHeld(source));
    const known = [...source.api.calls.keys()];
    await live(source.scheduler, null, () => source.scheduler.sweepSource());
    await live(source.scheduler, null, () => source.scheduler.syncSource());
    await listWithinSchedule(source);
    if (isQuiet) for (const id of known) source.schedulesSince.set(id, (source.schedulesSince.get(id) ?? 0) + 1);
  }

  /** An operator holds its syncs, or the product has paused the source and must first find out that it works again. */
  async function isHeld(source: PlayedSource): Promise<boolean> {
    const rows = await store.query(
      `select 1 from voxport_ops.runs where state = 'paused' and source_id = $1 and kind = 'sync'
       union all select 1 from voxport_ops.sources where source_id = $1 and paused_at is not null`,
      [source.settings.sourceId],
    );
    return rows.length > 0;
  }

  async function runsOf(source: PlayedSource): Promise<number[]> {
    const rows = await store.query<{ runId: number }>(
      `select run_id::int4 as "runId" from voxport_ops.runs where state in ('running', 'paused') and source_id = $1 order by run_id desc`,
      [source.settings.sourceId],
    );
    return rows.map(({ runId }) => runId);
  }

  async function carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'pass':
        return pass(command.secs * 1000);
      case 'appear': {
        const { api } = sourceOf(command);
        for (let index = 0; index < command.count; index += 1) {
          if (index > 0) await pass(command.gapSecs * 1000);
          calls += 1;
          const id = `call-${calls}`;
          api.calls.set(id, {
            id,
            startSecs: Math.floor(modelNowMs() / 1000) - command.lateSecs,
            agent: command.agent,
            appearedAt: api.tick(),
            isLate: command.lateSecs > 0,
            isEnded: command.isEnded,
            revision: 1,
            isVisible: true,
            refusal: null,
          });
        }
        return;
      }
      case 'end': {
        const call = callOf(sourceOf(command), command.call);
        if (call !== undefined) call.isEnded = true;
        return;
      }
      case 'change': {
        const call = callOf(sourceOf(command), command.call);
        if (call !== undefined) call.revision += 1;
        return;
      }
      case 'vanish': {
        const call = callOf(sourceOf(command), command.call);
        if (call !== undefined) call.isVisible = false;
        return;
      }
      case 'refuse': {
        const call = callOf(sourceOf(command), command.call);
        if (call !== undefined) call.refusal = { kind: command.kind, left: command.times ?? Number.POSITIVE_INFINITY };
        return;
      }
      case 'fail lists':
        return sourceOf(command).api.addListFault(command.kind, command.times);
      case 'refuse key':
        return sourceOf(command).api.refuseKey(true);
      case 'go down':
        return sourceOf(command).api.goDown(true);
      case 'recover':
        return sourceOf(command).api.recover();
      case 'sync':
      case 'sweep':
      case 'refill':
      case 'plan requested': {
        const source = sourceOf(command);
        if (!source.isConfigured) return;
        const { scheduler } = source;
        const act = {
          sync: scheduler.syncSource,
          sweep: scheduler.sweepSource,
          refill: scheduler.refill,
          'plan requested': scheduler.planRequested,
        }[command.do];
        await live(scheduler, command.dieAt, act);
        return;
      }
      case 'command sync': {
        const meant = (command.both ? sources : [sourceOf(command)]).filter(({ isConfigured }) => isConfigured);
        if (meant.length === 0) return;
        for (const [index, { scheduler, settings }] of meant.entries()) {
          let runId = 0;
          await live(operator, null, async () => void (runId = await operator.startSync(settings)));
          const isLast = index === meant.length - 1;
          if (!(await live(scheduler, isLast ? command.dieAt : null, () => scheduler.planSync(runId)))) return;
        }
        return;
      }
      case 'load': {
        const source = sourceOf(command);
        if (source.isConfigured) await live(source.loader, command.dieAt, () => source.loader.load());
        return;
      }
      case 'work': {
        const source = sourceOf(command);
        if (!source.isConfigured) return;
        for (let done = 0; done < command.jobs; done += 1) {
          const takeable = source.queue.takeable();
          const job = takeable[command.pick % Math.max(1, takeable.length)];
          // The last of them is the one that the process dies of.
          const isLast = done === command.jobs - 1 || takeable.length === 1;
          if (job === undefined || !(await work(source, job, isLast ? command.dieAt : null))) return;
        }
        return;
      }
      case 'cycle':
        return cycle(sourceOf(command));
      case 'lose jobs': {
        const { queue } = sourceOf(command);
        const ids = [...queue.jobs.keys()];
        for (const id of ids.filter((_, index) => (index + command.pick) % 2 === 0)) queue.jobs.delete(id);
        return;
      }
      case 'lose queue':
        return sourceOf(command).queue.loseEverything();
      case 'double job': {
        const source = sourceOf(command);
        const [job] = source.queue.takeable();
        if (job === undefined || !source.isConfigured) return;
        // Carried out, and its acknowledgement lost.
        await work(source, job, null);
        if (!source.queue.jobs.has(job.id)) source.queue.jobs.set(job.id, job);
        return;
      }
      case 'pause':
      case 'resume':
      case 'cancel': {
        const runIds = await runsOf(sourceOf(command));
        const runId = runIds[command.run % Math.max(1, runIds.length)];
        if (runId !== undefined) await live(operator, command.dieAt, () => operator[command.do](runId));
        return;
      }
      case 'retry':
        await live(operator, null, () => operator.retry(sourceOf(command).settings.sourceId));
        return;
      case 'backfill': {
        const nowSecs = Math.floor(modelNowMs() / 1000);
        const { fromAgoSecs, toAgoSecs } = command;
        if (fromAgoSecs <= toAgoSecs) return;
        const range = {
          after: new Date((nowSecs - fromAgoSecs) * 1000),
          before: new Date((nowSecs - toAgoSecs) * 1000),
        };
        const meant = command.both ? sources : [sourceOf(command)];
        const sourceIds = meant.filter(({ isConfigured }) => isConfigured).map(({ settings }) => settings.sourceId);
        if (sourceIds.length > 0)
          await live(operator, null, () => operator.backfill(sourceIds, range, filtersOf(command.agent)));
        return;
      }
      case 'configure': {
        const source = sourceOf(command);
        const { agent, sinceAgoSecs } = command;
        const since = sinceAgoSecs === null ? null : new Date(Math.floor(modelNowMs() / 1000 - sinceAgoSecs) * 1000);
        source.settings = { ...source.settings, filters: filtersOf(agent), since };
        source.schedulesSince.clear();
        restart(source);
        return;
      }
      case 'remove source':
        sourceOf(command).isConfigured = false;
        return;
      case 'add source':
        sourceOf(command).isConfigured = true;
    }
  }

  /** What the database holds of a source: read for all of them at once, and anew once a process has done something. */
  async function readHeld(source: PlayedSource): Promise<Held> {
    held ??= await readAll();
    return held.get(source.settings.sourceId)!;
  }

  async function readAll(): Promise<Map<string, Held>> {
    const [rows, coverage] = await Promise.all([
      store.query<Row>(
        `select i.source_id as "sourceId", i.conversation_id as id, i.state, i.generation, i.origin, i.list_fingerprint as fingerprint,
                c.summary_title as title, c.status,
                exists (select 1 from voxport_ops.failures f where f.source_id = i.source_id and f.conversation_id = i.conversation_id
                          and f.resolved_at is null) as "hasFailure"
         from voxport_ops.inventory i left join voxport.conversations c using (source_id, conversation_id)`,
      ),
      readCoverage(store.query),
    ]);
    return new Map(
      sources.map(({ settings: { sourceId } }) => [
        sourceId,
        {
          rows: new Map(rows.filter((row) => row.sourceId === sourceId).map((row) => [row.id, row])),
          coverage: coverage.filter((claim) => claim.sourceId === sourceId),
        },
      ]),
    );
  }

  /** Calls that the source's syncs are to export. */
  function inScope({ settings, api }: PlayedSource): Call[] {
    const { filters, since } = settings;
    return [...api.calls.values()].filter(
      ({ startSecs, agent, isVisible }) =>
        isVisible &&
        (filters.agent_id === undefined || agent === filters.agent_id) &&
        (since === null || startSecs * 1000 >= since.getTime()),
    );
  }

  async function check(source: PlayedSource): Promise<void> {
    const { rows, coverage } = await readHeld(source);
    const { api, settled, settings, schedulesSince } = source;
    if (api.isAtFault()) source.quietSinceMs = modelNowMs();

    if (options.checked.has('coverage')) {
      for (const { stretches, agent } of coverage) {
        const witnesses = api.witnesses.filter((one) => one.agent === null || one.agent === agent);
        for (const stretch of stretches) {
          const [unseen] = without(stretch, witnesses);
          if (unseen !== undefined)
            throw new Violation(
              'coverage',
              `source ${settings.sourceId} claims ${told(stretch)}, and has never listed ${told(unseen)}`,
            );
          for (const call of api.calls.values()) {
            if (!call.isVisible || rows.has(call.id) || (agent !== null && call.agent !== agent)) continue;
            if (call.startSecs < stretch.fromSecs || call.startSecs >= stretch.toSecs) continue;
            const wasNotThere = witnesses.some(
              ({ at, fromSecs, toSecs }) =>
                at < call.appearedAt && call.startSecs >= fromSecs && call.startSecs < toSecs,
            );
            if (!wasNotThere)
              throw new Violation(
                'coverage',
                `source ${settings.sourceId} claims ${told(stretch)}, and does not know ${call.id} of ${toldSecs(call.startSecs)}`,
              );
          }
        }
      }
    }

    if (options.checked.has('fresh')) {
      for (const call of inScope(source)) {
        if (rows.has(call.id)) schedulesSince.delete(call.id);
        else if ((schedulesSince.get(call.id) ?? 0) >= 2)
          throw new Violation(
            'fresh',
            `source ${settings.sourceId} has not listed ${call.id} of ${toldSecs(call.startSecs)} within two schedules`,
          );
      }
    }

    for (const call of api.calls.values()) {
      const row = rows.get(call.id);
      const isSettled =
        row?.state === 'loaded' &&
        call.isEnded &&
        row.title === `${call.revision}` &&
        row.fingerprint === fingerprintOf(call);
      if (isSettled) settled.set(call.id, fingerprintOf(call));
      else if (row === undefined || !['discovered', 'fetched'].includes(row.state)) settled.delete(call.id);
    }
  }

  /** What is not where it belongs, in words; empty when all is. */
  async function incomplete(source: PlayedSource): Promise<string[]> {
    const { rows } = await readHeld(source);
    return inScope(source).flatMap((call) => {
      const row = rows.get(call.id);
      if (row === undefined) return [`${call.id} of ${toldSecs(call.startSecs)} is not known`];
      if (row.state === 'failed' && row.hasFailure) return [];
      if (row.state !== 'loaded') return [`${call.id} is ${row.state}${row.hasFailure ? ', with a failure' : ''}`];
      // What changed after it was last listed is found by listing it or looking again; what the list has shown must be
      // there.
      const shown = Number(row.fingerprint?.split('-')[0] ?? 0);
      return Number(row.title) >= shown
        ? []
        : [`${call.id} was listed with revision ${shown}, and revision ${row.title} is loaded`];
    });
  }

  async function heal(): Promise<void> {
    for (const source of sources) {
      source.api.recover();
      for (const runId of await runsOf(source)) await live(operator, null, () => operator.resume(runId));
    }
    let problems: string[] = [];
    for (let round = 0; round < healingRounds; round += 1) {
      // A minute each, then some long ones: what a source has asked to wait for is waited for.
      await pass(round < 8 ? 61_000 : 3_601_000);
      problems = [];
      for (const source of sources) {
        if (!source.isConfigured) continue;
        await live(source.scheduler, null, () => source.scheduler.sweepSource());
        await live(source.scheduler, null, () => source.scheduler.syncSource());
        await drain(source);
        await live(source.loader, null, () => source.loader.load());
        await check(source);
        const found = await incomplete(source);
        problems.push(...found.map((problem) => `source ${source.settings.sourceId}: ${problem}`));
      }
      if (problems.length === 0) return;
    }
    if (options.checked.has('complete'))
      throw new Violation('complete', `${healingRounds} rounds after the last fault: ${problems.join('; ')}`);
  }

  /** Works off what can be done within some minutes. */
  async function drain(source: PlayedSource): Promise<void> {
    let leaps = 0;
    for (let jobs = 0; jobs < 400; jobs += 1) {
      const [job] = source.queue.takeable();
      if (job !== undefined) {
        await work(source, job, null);
        continue;
      }
      const dueMs = source.queue.nextDueMs();
      leaps += 1;
      if (dueMs === null || dueMs - modelNowMs() > 70_000 || leaps > 10) return;
      await store.leapTo(dueMs);
    }
  }

  for (const command of commands) {
    options.onCommand?.(command, modelNowMs());
    await carryOut(command);
    for (const source of sources) await check(source);
  }
  await heal();
  for (const { api } of sources) {
    counts.listRequests += api.listRequests();
    counts.fetches += api.fetches.length;
  }
  return counts;
}

function filtersOf(agent: string | null): ListFilters {
  return agent === null ? {} : { agent_id: agent };
}

function told({ fromSecs, toSecs }: { fromSecs: number; toSecs: number }): string {
  return `[${toldSecs(fromSecs)}, ${toldSecs(toSecs)})`;
}

/** A time as seconds since the history began. */
function toldSecs(secs: number): string {
  return Number.isFinite(secs) ? `${Math.round((secs - epochMs / 1000) * 1000) / 1000} s` : 'the beginning';
}
