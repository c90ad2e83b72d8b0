import { splitRange, type ListedConversation, type ListFilters, type TimeRange } from '@voxport/domain';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import { openLister } from '@voxport/scheduler';
import { backfillWindowsMax, classifyListed, readSourcePace, type ListedClasses } from '@voxport/warehouse';

/** What a backfill of one source would do, and how long it would take. */
export interface BackfillEstimate extends ListedClasses {
  readonly sourceId: string;
  /** Each conversation once. */
  readonly listed: number;
  readonly listRequests: number;
  readonly detailRequests: number;
  readonly requests: number;
  readonly requestsInFlight: number;
  /** How long a request for a detail takes. */
  readonly latencyMs: number;
  /**
   * What that was observed of: details that were fetched of late, or, where none was yet, the lists of this estimate.
   */
  readonly latencyOf: 'details' | 'lists';
  readonly secs: number;
}

const noFates: ListedClasses = { new: 0, changed: 0, pending: 0, known: 0, erased: 0 };

/**
 * Lists what a backfill of a source would list, in the same windows and within the same limit, and says what it would
 * make of it. Writes nothing.
 */
export async function estimateBackfill(
  context: ServiceContext,
  source: SourceContext,
  backfill: { range: TimeRange; filters: ListFilters },
  options: { signal: AbortSignal; onPage: (listed: number, requests: number) => void },
): Promise<BackfillEstimate> {
  const { kysely } = context.database;
  const { sourceId, filters, requestsInFlight } = source.config;
  await using lister = await openLister(context, source, { ...filters, ...backfill.filters });
  let fates = noFates;
  let listRequests = 0;
  // An edge belongs to both of its windows at sources that count the end of a range in.
  const seen = new Set<string>();

  await lister.inTurns(
    splitRange(backfill.range, backfillWindowsMax),
    async (window, signal) => {
      const requests = await lister.walkRange(
        window,
        async ({ conversations }) => {
          const fresh = newOnes(conversations, seen);
          const found = await classifyListed(kysely, { sourceId, conversations: fresh });
          fates = sum(fates, found);
          options.onPage(seen.size, lister.latenciesMs.length);
        },
        signal,
      );
      listRequests += requests;
    },
    options.signal,
  );

  const pace = await readSourcePace(kysely, sourceId);
  const inFlight = Math.min(pace.inFlightLimit ?? requestsInFlight.start, requestsInFlight.max);
  const listMs = median(lister.latenciesMs);
  const latencyMs = pace.detailLatencyMs ?? listMs;
  const detailRequests = fates.new + fates.changed;
  return {
    ...fates,
    sourceId,
    listed: seen.size,
    listRequests,
    detailRequests,
    requests: listRequests + detailRequests,
    requestsInFlight: inFlight,
    latencyMs: Math.round(latencyMs),
    latencyOf: pace.detailLatencyMs === null ? 'lists' : 'details',
    secs: (detailRequests * latencyMs + listRequests * listMs) / inFlight / 1000,
  };
}

function newOnes(conversations: readonly ListedConversation[], seen: Set<string>): ListedConversation[] {
  return conversations.filter(({ conversationId }) => {
    if (seen.has(conversationId)) return false;
    seen.add(conversationId);
    return true;
  });
}

function sum(a: ListedClasses, b: ListedClasses): ListedClasses {
  return {
    new: a.new + b.new,
    changed: a.changed + b.changed,
    pending: a.pending + b.pending,
    known: a.known + b.known,
    erased: a.erased + b.erased,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
