import { consume, loadLanes } from '@voxport/jobs';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import { openSource } from '@voxport/source';
import {
  changeInFlightLimit,
  failConversation,
  failListing,
  landPayloads,
  markGone,
  noteAttempt,
  pauseSource,
  prepareLanding,
  readSource,
  readWindow,
  restartWindow,
  savePage,
  wantedOfWindow,
} from '@voxport/warehouse';
import { makeFetchConversation } from './fetch-conversation.ts';
import { makeFetchPage } from './fetch-page.ts';
import { makeInFlightGovernor } from './in-flight.ts';
import { makeLand } from './land.ts';
import { makeSettleFailure } from './settle-failure.ts';

const userAgent = 'voxport/0.1';

/** Starts to work for every source of the context: page jobs and detail jobs. `close` hands running jobs back and resolves when none is left. */
export async function startWorker(context: ServiceContext): Promise<{ close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  for (const source of context.sources) opened.use(await startSourceWorker(context, source));
  const kept = opened.move();
  return { close: () => kept.disposeAsync() };
}

async function startSourceWorker(
  { database: { kysely }, engine, logger }: ServiceContext,
  { config, producer }: SourceContext,
): Promise<AsyncDisposable> {
  const { sourceId, requestsInFlight } = config;
  const log = logger.child({ sourceId });
  await using opened = new AsyncDisposableStack();

  const source = openSource({
    ...config,
    apiKey: config.apiKey.reveal(),
    connectionsMax: requestsInFlight.max,
    userAgent,
  });
  opened.defer(() => source.close());

  const known = await readSource(kysely, sourceId);
  const startLimit = Math.min(known?.inFlightLimit ?? requestsInFlight.start, requestsInFlight.max);
  await producer.setInFlightLimit(startLimit);
  const inFlight = makeInFlightGovernor({
    startLimit,
    maxLimit: requestsInFlight.max,
    changeLimit: (from, to) => changeInFlightLimit(kysely, { sourceId, from, to }),
    applyLimit: producer.setInFlightLimit,
    onError: (error) => log.warn({ err: error }, 'the limit of requests in flight could not be stored'),
  });

  let lane = 0;
  const land = makeLand({
    prepareLanding,
    landPayloads: (landings) => landPayloads(kysely, sourceId, landings),
    ring: () => producer.ringLoader((lane = (lane + 1) % loadLanes)),
  });
  const fetchPage = makeFetchPage({
    readWindow: (windowId) => readWindow(kysely, windowId),
    listPage: ({ range, cursor, filters }, pageSize, signal) =>
      inFlight.observe(() => source.listPage({ range, cursor, pageSize, filters }, signal)),
    savePage: (window, page) => savePage(kysely, { window, page }),
    restartWindow: ({ windowId, nextPage }) => restartWindow(kysely, { windowId, page: nextPage }),
    wantedOfWindow: (windowId) => wantedOfWindow(kysely, { sourceId, windowId }),
    enqueuePage: producer.enqueuePage,
    enqueueConversations: producer.enqueueConversations,
  });
  const fetchConversation = makeFetchConversation({
    getConversation: (id, signal) => inFlight.observe(() => source.getConversation(id, signal)),
    land,
  });
  const settleFailure = makeSettleFailure({
    noteAttempt: async (job, code, message, attempts) => {
      if (job.name === 'fetch-conversation')
        await noteAttempt(kysely, { sourceId, ...job.payload, code, message, attempts });
    },
    markGone: (conversationId, version) => markGone(kysely, { sourceId, conversationId, version }),
    failConversation: (job, letter) =>
      failConversation(kysely, {
        sourceId,
        stage: 'fetch',
        windowId: null,
        payloadId: null,
        ...job.payload,
        ...letter,
      }),
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
      await producer.pause();
      if (await pauseSource(kysely, { sourceId, code, reason })) log.error({ code }, `the source is paused: ${reason}`);
    },
    logger: log,
  });

  const consumer = await consume(engine, {
    sourceId,
    kind: 'fetch',
    concurrency: requestsInFlight.max,
    handlers: { 'list-page': fetchPage, 'fetch-conversation': fetchConversation },
    onFailure: settleFailure,
    onError: (error) => log.warn({ err: error }, 'the queue reports an error'),
    onStalled: (jobId) => log.warn({ jobId }, 'a job of a process that died was taken back'),
  });
  opened.defer(() => consumer.close());
  return opened.move();
}
