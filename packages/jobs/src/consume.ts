import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, RateLimitError, WaitingError, Worker, type IQueueBackend, type Job } from 'bullmq';
import { decideRetry, describeFailure, type FailureCode, type RetryDecision, type RetryPolicy } from '@voxport/domain';
import {
  queueName,
  readStoredPayload,
  type JobName,
  type JobPayloads,
  type JobsOf,
  type QueueKind,
} from './catalog.ts';
import type { Engine } from './engine.ts';

/** What a handler is told besides its payload. */
export interface JobContext {
  /** Aborted when the process shuts down: stop, the job is handed back. */
  readonly signal: AbortSignal;
  /** Counts from 1; requests refused by a limit of the source are not counted. */
  readonly attempt: number;
}

/** One handler for each job that the queue carries: the type does not compile with one missing. */
export type Handlers<Kind extends QueueKind> = {
  readonly [Name in JobsOf<Kind>]: (payload: JobPayloads[Name], context: JobContext) => Promise<void>;
};

/** A job of a queue, as the callbacks see it. */
export type JobReference<Kind extends QueueKind> = {
  [Name in JobsOf<Kind>]: { readonly name: Name; readonly payload: JobPayloads[Name] };
}[JobsOf<Kind>];

/**
 * How an attempt at a job ended. `handed_back`: the process shuts down; `undecided`: its failure could not be recorded,
 * and it is tried again as it was.
 */
export type JobOutcome = 'done' | 'handed_back' | 'undecided' | RetryDecision['kind'];

/** The end of an attempt, for whoever counts. */
export interface JobEnd {
  readonly name: JobName;
  readonly outcome: JobOutcome;
  /** Null unless it failed. */
  readonly errorCode: FailureCode | null;
  readonly durationMs: number;
}

export interface ConsumeOptions<Kind extends QueueKind> {
  readonly sourceId: string;
  readonly kind: Kind;
  readonly concurrency: number;
  readonly handlers: Handlers<Kind>;
  /** How failed attempts are tried again; the usual way unless given. */
  readonly retryPolicy?: RetryPolicy;
  /**
   * Told of every failed attempt and of what was decided, before it is carried out. A dead letter must be durable when
   * this resolves: the job is acknowledged after it.
   */
  readonly onFailure: (
    job: JobReference<Kind>,
    error: unknown,
    decision: RetryDecision,
    attempt: number,
  ) => Promise<void>;
  /** Errors of the store itself (connection lost …), and of a job whose failure could not be recorded. */
  readonly onError: (error: Error, job?: JobReference<Kind>) => void;
  readonly onStalled?: (jobId: string) => void;
  /** Told of the end of every attempt. */
  readonly onEnd?: (end: JobEnd) => void;
}

export interface Consumer {
  /** `performance.now()` of the last job taken up or finished: consumption is watched, not `isRunning()`. */
  readonly lastProgressMs: () => number;
  /** Jobs in hand. */
  readonly activeJobs: () => number;
  /** True while it takes up nothing, because its concurrency is 0. */
  readonly isHeldBack: () => boolean;
  /** Changes how many jobs this consumer has in hand at most; 0 takes up none until it is raised. */
  readonly setConcurrency: (concurrency: number) => void;
  /**
   * Takes no new job, and resolves when those in hand have ended, or when they take too long: what is under way for
   * others is not thrown away.
   */
  readonly finishJobs: (withinMs: number) => Promise<void>;
  /** Takes no new job, hands running ones back to the queue, and resolves when none is left. */
  readonly close: () => Promise<void>;
}

/**
 * A job that is handed back later, without an attempt: the delay when a source is paused, until its resumption is seen.
 */
const pausedDelayMs = 15_000;
/** The same when a failure could not be recorded, because Postgres is away. */
const undecidedDelayMs = 1000;

/** Starts to consume a source's queue; resolves when the consumer is ready. */
export async function consume<Kind extends QueueKind>(
  engine: Engine,
  options: ConsumeOptions<Kind>,
): Promise<Consumer> {
  type Payload = JobPayloads[JobsOf<Kind>];
  let lastProgressMs = performance.now();
  let activeJobs = 0;
  let isFinishing = false;
  let isHeldBack = options.concurrency === 0;
  // A worker that closes may take up one more job: on Postgres the notification of a job handed back wakes its own
  // fetch loop. `cancelAllJobs` has gone by then, so this signal reaches such a job too (seen in one of three closes
  // without it).
  const closing = new AbortController();

  async function process(job: Job<Payload, void, JobsOf<Kind>>, token: string, cancelled: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    lastProgressMs = startedMs;
    activeJobs += 1;
    const signal = AbortSignal.any([cancelled, closing.signal]);
    const attempt = job.attemptsMade + 1;
    const handler = options.handlers[job.name];
    let outcome: JobOutcome = 'done';
    let errorCode: FailureCode | null = null;
    try {
      signal.throwIfAborted();
      await handler(readStoredPayload(job.data), { signal, attempt });
    } catch (error) {
      if (signal.aborted) {
        outcome = 'handed_back';
        await job.moveToWait(token);
        throw new WaitingError();
      }
      outcome = 'undecided';
      errorCode = describeFailure(error).code;
      await settle(job, token, error, attempt, (decision) => {
        outcome = decision;
      });
    } finally {
      lastProgressMs = performance.now();
      activeJobs -= 1;
      options.onEnd?.({ name: job.name, outcome, errorCode, durationMs: lastProgressMs - startedMs });
    }
  }

  async function settle(
    job: Job<Payload, void, JobsOf<Kind>>,
    token: string,
    error: unknown,
    attempt: number,
    onDecided: (decision: RetryDecision['kind']) => void,
  ): Promise<void> {
    const decision = decideRetry(error, attempt, options.retryPolicy);
    try {
      await options.onFailure({ name: job.name, payload: readStoredPayload(job.data) }, error, decision, attempt);
    } catch (problem) {
      // What was decided could not be made durable: the job is handed back as it was. Left to BullMQ it would come back
      // at once, an attempt poorer.
      options.onError(problem instanceof Error ? problem : new Error(String(problem)), {
        name: job.name,
        payload: readStoredPayload(job.data),
      });
      await job.moveToDelayed(Date.now() + undecidedDelayMs, token);
      throw new DelayedError();
    }
    onDecided(decision.kind);
    switch (decision.kind) {
      case 'dead_letter':
        return;
      case 'delay_job':
        await job.moveToDelayed(Date.now() + decision.delayMs, token);
        throw new DelayedError();
      case 'pause_source':
        await job.moveToDelayed(Date.now() + pausedDelayMs, token);
        throw new DelayedError();
      case 'delay_queue':
        await worker.rateLimit(decision.delayMs);
        throw new RateLimitError();
      case 'retry':
        retryDelayMs.set(job.id ?? '', decision.delayMs);
        // BullMQ stores the message with the job: no more than the class of the error goes there.
        throw new Error(error instanceof Error ? error.name : 'error');
    }
  }

  // The delay was decided with the error in hand; BullMQ asks for it a moment later, in this process.
  const retryDelayMs = new Map<string, number>();
  function takeRetryDelayMs(jobId: string): number {
    const delayMs = retryDelayMs.get(jobId) ?? 0;
    retryDelayMs.delete(jobId);
    return delayMs;
  }

  const worker = new Worker<Payload, void, JobsOf<Kind>, IQueueBackend, object, unknown>(
    queueName(options.sourceId, options.kind),
    async (job, token, signal) => process(job, token ?? '', signal ?? new AbortController().signal),
    {
      connection: engine.consumerConnection,
      prefix: engine.prefixOf(queueName(options.sourceId, options.kind)),
      // BullMQ knows no 0: such a consumer is paused as soon as it is ready.
      concurrency: Math.max(1, options.concurrency),
      // Renewed at half time while the job runs, so no batch is too long for it; a killed process's jobs are back after
      // half a minute.
      lockDuration: 20_000,
      stalledInterval: 5000,
      // A second crash must not fail a job for good: the default of 1 would, whatever `attempts` says.
      maxStalledCount: 10,
      // After a restart of the store work resumes in a second instead of fifteen.
      runRetryDelay: 1000,
      // Seconds. A job that was put back by a rate limit does not wake a worker that blocks on an empty Redis queue:
      // this bounds its wait.
      drainDelay: 1,
      ...(engine.telemetry === null ? {} : { telemetry: engine.telemetry }),
      settings: { backoffStrategy: (_attemptsMade, _type, _error, job) => takeRetryDelayMs(job?.id ?? '') },
    },
    engine.factory,
  );
  worker.on('error', (error) => options.onError(error));
  worker.on('stalled', (jobId) => options.onStalled?.(jobId));
  await worker.waitUntilReady();
  if (options.concurrency === 0) await worker.pause(true);

  return {
    lastProgressMs: () => lastProgressMs,
    activeJobs: () => activeJobs,
    isHeldBack: () => isHeldBack,
    setConcurrency(concurrency) {
      if (isFinishing) return;
      isHeldBack = concurrency === 0;
      if (concurrency > 0) worker.concurrency = concurrency;
      if (concurrency === 0 && !worker.isPaused()) void worker.pause(true).catch(options.onError);
      if (concurrency > 0 && worker.isPaused()) void worker.resume();
    },
    async finishJobs(withinMs) {
      isFinishing = true;
      const timer = new AbortController();
      const finished = worker.pause().catch(options.onError);
      await Promise.race([finished, sleep(withinMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
    },
    async close() {
      closing.abort(new Error('shutdown'));
      const closed = worker.close();
      worker.cancelAllJobs('shutdown');
      await closed;
    },
  };
}
