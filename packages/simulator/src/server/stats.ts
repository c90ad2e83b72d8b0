import type { Refusal } from './limiter.ts';
import type { Endpoint } from './route.ts';

/** What the simulator has seen since its start or the last reset. */
export interface SimulatorStats {
  /**
   * Answers by endpoint and status; `reset`, `swallowed`, `truncated` and `aborted` stand for requests without a whole
   * answer.
   */
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly requestCount: number;
  readonly inFlight: number;
  readonly inFlightMax: number;
  readonly refusedCount: Readonly<Record<Refusal, number>>;
  readonly faultsPlayed: Readonly<Record<string, number>>;
  /** Detail requests by conversation; empty unless `countsDetailRequests` is set. */
  readonly detailRequests: ReadonlyMap<string, number>;
  /** Body bytes sent, after compression. */
  readonly bodyBytes: number;
}

/** Gathers the statistics. */
export interface StatsKeeper {
  answered(endpoint: Endpoint, outcome: string, bodyBytes: number): void;
  refused(refusal: Refusal): void;
  askedForDetail(conversationId: string): void;
  read(): Pick<SimulatorStats, 'requests' | 'requestCount' | 'refusedCount' | 'detailRequests' | 'bodyBytes'>;
  reset(): void;
}

/** Makes an empty keeper. */
export function makeStatsKeeper(): StatsKeeper {
  let requests: Record<string, Record<string, number>> = {};
  let refusedCount = { concurrent_limit: 0, rate_limit: 0 };
  let details = new Map<string, number>();
  let requestCount = 0;
  let bytes = 0;
  return {
    answered: (endpoint, outcome, bodyBytes) => {
      requestCount += 1;
      bytes += bodyBytes;
      const byOutcome = (requests[endpoint] ??= {});
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
    },
    refused: (refusal) => {
      refusedCount[refusal] += 1;
    },
    askedForDetail: (conversationId) => void details.set(conversationId, (details.get(conversationId) ?? 0) + 1),
    read: () => ({
      requests: structuredClone(requests),
      requestCount,
      refusedCount: { ...refusedCount },
      detailRequests: new Map(details),
      bodyBytes: bytes,
    }),
    reset: () => {
      requests = {};
      refusedCount = { concurrent_limit: 0, rate_limit: 0 };
      details = new Map();
      requestCount = 0;
      bytes = 0;
    },
  };
}
