import { randomUUID } from 'node:crypto';
import { consume, enqueuedMax, loadSlots, readJobId, type Consumer } from '@voxport/jobs';
import { defaultRetryPolicy, makeRedaction } from '@voxport/domain';
import {
  makeSourceProbe,
  openConfiguredSource,
  redactHash,
  watchConsumption,
  type ServiceContext,
  type SourceContext,
} from '@voxport/runtime';
import {
  changeInFlightLimit,
  eraseConversation,
  isDetailWanted,
  countLandedPayloads,
  divideSetUpFailure,
  failConversation,
  failListing,
  hasDetailLanded,
  hasUntriedDetail,
  landPayloads,
  markGone,
  noteAttempt,
  pauseSource,
  prepareLanding,
  readListedStart,
  readListedTranscript,
  readWindow,
  removeWorker,
  restartWindow,
  savePage,
  signalWorker,
  wantedOfPage,
  withDatabaseFailures,
  type WorkerRole,
} from '@voxport/warehouse';
import { makeAskForDetail } from './ask-for-detail.ts';
import { startBackpressure } from './backpressure.ts';
import { makeChooseDetail } from './choose-detail.ts';
import { makeConfirmMissing } from './confirm-missing.ts';
import { makeFetchConversation } from './fetch-conversation.ts';
import { makeFetchPage } from './fetch-page.ts';
import { makeFetchPipeline } from './fetch-pipeline.ts';
import { startInFlightGovernor } from './in-flight.ts';
import { makeFailureJudge } from './judge-failure.ts';
import { makeLatency } from './latency.ts';
import { makeLand, measureLandings } from './land.ts';
import { observeSource } from './observe-source.ts';
import { redactPayload } from './redact.ts';
import { startRecordings } from './recordings/start-recordings.ts';
import { makeSettleFailure } from './settle-failure.ts';
import { makeRunControl, settleUnwanted } from './run-control.ts';

/** Requests of other runs that a command waits for before it ends. */
const finishWithinMs = 10_000;

/** Payloads that may wait for the loader: some seconds of its work, some tens of megabytes. */
const landedMax = 5000;

/**
 * Starts to work for every source of the context: page jobs and detail jobs. `close` hands running jobs back and
 * resolves when none is left. A command that works until its own runs have ended says so (`roleOf` a source), so that
 * others can tell a run that nobody works on; before it closes it finishes (`finishJobs`) what it has in hand for other
 * runs, which would be asked for once more.
 */
export async function startWorker(
  context: ServiceContext,
  roleOf: (sourceId: string) => WorkerRole = () => ({ role: 'fleet' }),
): Promise<{ close: () => Promise<void>; finishJobs: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const workers: SourceWorker[] = [];
  for (const source of context.sources) {
    // Its API is never asked.
    if (source.config.mode === 'webhook') continue;
    workers.push(opened.use(await startSourceWorker(context, source, roleOf(source.config.sourceId))));
  }
  const kept = opened.move();
  return {
    close: () => kept.disposeAsync(),
    finishJobs: async () => void (await Promise.all(workers.map((worker) => worker.finishJobs()))),
  };
}

interface SourceWorker extends AsyncDisposable {
  readonly finishJobs: () => Promise<void>;
}

async function startSourceWorker(
  context: ServiceContext,
  { config, producer }: SourceContext,
  role: WorkerRole,
): Promise<SourceWorker> {
  const { engine, logger, metrics, traces } = context;
  const { kysely } = context.database;
  const { sourceId, requestsInFlight } = config;
  const log = logger.child({ sourceId });
  const record = metrics.ofSource(sourceId);
  const redaction = makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) });
  await using opened = new AsyncDisposableStack();

  const opening = openConfiguredSource(config, {
    connectionsMax: requestsInFlight.max,
    onResponse: record.requestEnded,
  });
  const source = observeSource(opening, { sourceId, requestStarted: record.requestStarted, span: traces.span });
  opened.defer(() => source.close());

  const workerId = randomUUID();
  const runControl = makeRunControl({
    isDetailWanted: (conversationId, generation) => isDetailWanted(kysely, { sourceId, conversationId, generation }),
  });
  const detailLatency = makeLatency();
  let consumer: Consumer | null = null;
  // What a consumer tells before its first job is when it started.
  let beganMs = 0;
  const consumedMsAgo = (): number | null => {
    const progressMs = consumer?.lastProgressMs() ?? beganMs;
    return progressMs === beganMs ? null : performance.now() - progressMs;
  };
  let isHeldBack = false;
  const applyConcurrency = (): void => consumer?.setConcurrency(isHeldBack ? 0 : jobsInFlight(inFlight.share()));
  const inFlight = await startInFlightGovernor({
    startLimit: requestsInFlight.start,
    maxLimit: requestsInFlight.max,
    changeLimit: (changedAt, to) => changeInFlightLimit(kysely, { sourceId, changedAt, to }),
    signalWorker: async (traffic) => {
      const place = await signalWorker(kysely, {
        sourceId,
        workerId,
        role,
        traffic: { ...traffic, detailLatencyMs: detailLatency.averageMs() },
        consumedMsAgo: consumedMsAgo(),
      });
      runControl.adopt(place.controlled);
      return place;
    },
    onChange: async ({ share, limit, workers }) => {
      record.shareChanged(share);
      if (consumer !== null) applyConcurrency();
      await producer.setInFlightLimit(limit + workers * jobsAhead(Math.ceil(limit / workers)));
    },
    onError: (error) => log.warn({ err: error }, 'the limit of requests in flight could not be shared'),
  });
  opened.defer(async () => {
    await inFlight.close();
    await removeWorker(kysely, { sourceId, workerId });
  });

  const judge = makeFailureJudge({
    sourceId,
    probe: makeSourceProbe({
      kysely,
      sourceId,
      ask: (signal) => inFlight.run(() => source.checkAccess(signal), signal),
    }),
    canWaitForDetails: async () =>
      (await hasDetailLanded(kysely, sourceId)) && (await hasUntriedDetail(kysely, sourceId)),
  });
  let slot = 0;
  const land = makeLand({
    prepareLanding: async ({ payload, generation }) => ({
      ...(await prepareLanding({
        payload: config.checkMessageCount ? payload : { ...payload, turnCount: null },
        generation,
      })),
      traceparent: traces.currentTraceparent(),
    }),
    landPayloads: async (landings) => {
      const incomplete = await landPayloads(kysely, sourceId, landings);
      record.landed(measureLandings(landings.filter(({ conversationId }) => !incomplete.includes(conversationId))));
      return incomplete;
    },
    onFirstLanding: () => divideSetUpFailure(kysely, sourceId),
    wakeLoader: () => producer.wakeLoader((slot = (slot + 1) % loadSlots)),
  });
  const askForDetail = makeAskForDetail({
    getConversation: (conversationId, signal) => source.getConversation(conversationId, signal),
    confirmMissing: makeConfirmMissing({
      sourceId,
      readStart: (conversationId) => readListedStart(kysely, { sourceId, conversationId }),
      listPage: (asked, signal) => source.listPage({ ...asked, pageSize: 100, filters: {} }, signal),
      isOrderKnown: config.dialect === 'elevenlabs',
    }),
    detailEnded: judge.detailEnded,
  });
  const pipeline = makeFetchPipeline({
    redaction,
    limit: inFlight.run,
    pause: runControl,
    latency: detailLatency.measure,
    outage: askForDetail,
    trace: source,
  });
  const fetchPage = makeFetchPage({
    readWindow: (windowId) => readWindow(kysely, windowId),
    listPage: pipeline.listPage,
    savePage: async (window, page, step) => {
      const saved = await savePage(kysely, {
        window,
        page: config.checkTotalCount ? page : { ...page, totalCount: null },
        step,
      });
      if (saved.kind !== 'stale') record.pageListed(page.conversations.length);
      return saved;
    },
    restartWindow: ({ windowId, nextPage }, trail) => restartWindow(kysely, { windowId, page: nextPage, trail }),
    // The vendor documents the order; a proxy does not.
    isOrderKnown: config.dialect === 'elevenlabs',
    wantedOfPage: (windowId, page) => wantedOfPage(kysely, { sourceId, windowId, page }),
    enqueuePage: producer.enqueuePage,
    enqueueConversations: producer.enqueueConversations,
    hasRoom: async () => (await producer.fetchDepth()).waiting < enqueuedMax,
  });
  const getConversation = makeChooseDetail({
    // The lists of the other dialect carry no transcripts.
    mode: config.dialect === 'voiceable' ? config.detail : 'always',
    async readRow(conversationId) {
      const listed = await readListedTranscript(kysely, { sourceId, conversationId });
      if (listed === null) return null;
      const receivedAtMs = performance.now() - listed.ageMs;
      return redactPayload(redaction, { conversationId, body: Buffer.from(listed.row), receivedAtMs });
    },
    refuseUnwanted: runControl.refuseDetail,
    getConversation: pipeline.getConversation,
  });
  const fetchConversation = makeFetchConversation({ getConversation, land });
  const recordings = await startRecordings({ kysely, config, source, inFlight: inFlight.run, logger: log });
  opened.defer(() => recordings.close());
  const settleFailure = makeSettleFailure({
    noteAttempt: async (job, code, message, attempts) => {
      if (job.name === 'fetch-conversation')
        await noteAttempt(kysely, { sourceId, ...job.payload, code, message, attempts });
    },
    markGone: async (conversationId, generation) => {
      const end = config.mirrorDeletions ? eraseConversation : markGone;
      await end(kysely, { sourceId, conversationId, generation });
      if (config.mirrorDeletions) await recordings.removeErased();
    },
    failConversation: (job, letter) =>
      failConversation(kysely, {
        sourceId,
        stage: 'fetch',
        windowId: null,
        ...job.payload,
        ...letter,
        body: letter.body === null ? null : redaction.evidence(letter.body),
      }),
    failRecording: (job, error) => recordings.fail(job.payload, error),
    failWindow: (job, letter) =>
      failListing(kysely, {
        sourceId,
        stage: 'list',
        conversationId: null,
        payloadId: null,
        ...job.payload,
        ...letter,
      }),
    pauseSource: async (code, reason) => {
      // Postgres first: a queue that is paused while the source is not would stay so if this process died in between.
      if (await pauseSource(kysely, { sourceId, code, reason }))
        log.error({ errorClass: code }, `the source is paused: ${reason}`);
      await producer.pause();
    },
    logger: log,
  });

  consumer = await consume(engine, {
    sourceId,
    kind: 'fetch',
    concurrency: jobsInFlight(inFlight.share()),
    handlers: {
      'list-page': withDatabaseFailures(judge.judged(settleUnwanted(fetchPage))),
      'fetch-conversation': withDatabaseFailures(judge.judged(settleUnwanted(fetchConversation))),
      'fetch-recording': judge.judged(recordings.fetchRecording),
    },
    retryPolicy: { ...defaultRetryPolicy, retryAfterMaxMs: config.retryAfterMaxSecs * 1000 },
    onFailure: settleFailure,
    onError: (error, job) =>
      log.warn(
        { err: error, ...(job === undefined ? {} : { job: job.name, ...job.payload }) },
        'the queue reports an error',
      ),
    onStalled: (jobId) => log.warn({ jobId, ...readJobId(jobId) }, 'a job of a process that died was reclaimed'),
    onEnd: record.jobEnded,
  });
  const started = consumer;
  beganMs = started.lastProgressMs();
  opened.defer(() => started.close());
  opened.defer(watchConsumption(context, { producer, sourceId, kind: 'fetch', consumer: started }));
  const backpressure = startBackpressure({
    countLanded: (countMax) => countLandedPayloads(kysely, { sourceId, countMax }),
    landedMax,
    onChange: (holdBack) => {
      isHeldBack = holdBack;
      applyConcurrency();
      log.info(
        holdBack ? 'the loader is behind: fetching waits for it' : 'the loader has caught up: fetching continues',
      );
    },
    onError: (error) => log.warn({ err: error }, 'the backlog of the loader could not be counted'),
  });
  opened.use(backpressure);
  const kept = opened.move();
  return {
    finishJobs: () => started.finishJobs(finishWithinMs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Jobs taken up beyond the requests that may be in flight: while one lands and is acknowledged, another is ready to be
 * sent.
 */
function jobsAhead(share: number): number {
  return Math.max(2, Math.ceil(share / 2));
}

/** Jobs that a worker has in hand at most; none where the others have all the requests. */
function jobsInFlight(share: number): number {
  return share === 0 ? 0 : share + jobsAhead(share);
}
