import { randomUUID } from 'node:crypto';
import { shareInFlight, type ListFilters } from '@voxport/domain';
import { openConfiguredSource, repeat, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { openSourceStore } from '@voxport/warehouse';
import { makeWalkRange } from './walk-range.ts';

/**
 * How often the lister says that it lives: the workers leave it its part of the requests in flight as long as it does.
 */
const signalEveryMs = 1000;
const parallelMax = 16;

/** Lists ranges of one source, several at once: as many as its part of the source's requests in flight allows. */
export interface Lister extends AsyncDisposable {
  readonly walkRange: ReturnType<typeof makeWalkRange>;
  /**
   * Does something for each item, as many at once as requests may be in flight. The first failure ends the others and
   * is thrown.
   */
  readonly inTurns: <Item>(
    items: readonly Item[],
    work: (item: Item, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** How long the source took to answer, for each request that it answered; in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/**
 * Opens a lister of a source. It asks the API itself, beside the queue, and so takes part in the sharing of the
 * source's requests in flight like a worker: it signs on, and the workers make room for it until it is closed.
 * `filters` are those of the source unless given.
 */
export async function openLister(
  { database: { kysely }, logger, outages }: ServiceContext,
  { config }: SourceContext,
  filters: ListFilters = config.filters,
): Promise<Lister> {
  const { sourceId, dialect, requestsInFlight } = config;
  const log = logger.child({ sourceId });
  await using opened = new AsyncDisposableStack();
  const { signalWorker, removeWorker } = openSourceStore(kysely, sourceId);
  const worker = { workerId: randomUUID(), role: { role: 'lister' } } as const;
  const place = await signalWorker(worker);
  opened.defer(() => removeWorker(worker));
  const limit = Math.min(place.inFlightLimit ?? requestsInFlight.start, requestsInFlight.max);
  // With no part of its own it still continues, one request at a time: a refusal only costs it a wait.
  const parallel = Math.min(parallelMax, Math.max(1, shareInFlight(limit, place.workers, place.rank)));
  opened.use(
    repeat({
      everyMs: signalEveryMs,
      step: async () => void (await signalWorker(worker)),
      onError: (error) =>
        outages.report({ store: 'database', error, logger: log, what: 'the listing could not give its heartbeat' }),
    }),
  );
  const source = openConfiguredSource(config, { connectionsMax: parallel });
  opened.defer(() => source.close());
  const latenciesMs: number[] = [];

  const kept = opened.move();
  return {
    latenciesMs,
    walkRange: makeWalkRange({
      listPage: async (range, cursor, pageSize, signal) => {
        const startedMs = performance.now();
        const page = await source.listPage({ range, cursor, pageSize, filters }, signal);
        latenciesMs.push(performance.now() - startedMs);
        return page;
      },
      // The vendor documents the order; a proxy does not.
      isOrderKnown: dialect === 'elevenlabs',
    }),
    async inTurns(items, work, signal) {
      const waiting = items.values();
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const takeTurns = async (): Promise<void> => {
        for (const item of waiting) await work(item, either);
      };
      try {
        await Promise.all(
          Array.from({ length: Math.min(parallel, items.length) }, () =>
            takeTurns().catch((error: unknown) => {
              failed.abort(error);
              throw error;
            }),
          ),
        );
      } catch (error) {
        // The first failure ended the others: it is the one to tell.
        throw signal.aborted ? signal.reason : (failed.signal.reason ?? error);
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
