import { adaptInFlight, adoptInFlight, initialInFlight, TransientFailure } from '@voxport/domain';

export interface InFlightDependencies {
  readonly startLimit: number;
  readonly maxLimit: number;
  /** Stores a change unless another worker was quicker; returns the limit that holds now. */
  readonly changeLimit: (from: number, to: number) => Promise<number>;
  /** Tells the queue how many requests all workers may have in flight. */
  readonly applyLimit: (limit: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Watches the outcome of requests, and keeps the limit of requests in flight that all workers of a source share. */
export interface InFlightGovernor {
  /** Runs a request and learns from its outcome. */
  observe<Result>(request: () => Promise<Result>): Promise<Result>;
  limit(): number;
}

/** Makes the governor of one source in this process. */
export function makeInFlightGovernor(dependencies: InFlightDependencies): InFlightGovernor {
  const { startLimit, maxLimit, changeLimit, applyLimit, onError } = dependencies;
  let state = initialInFlight(startLimit);
  let isStoring = false;

  function learn(kind: 'accepted' | 'refused', generation: number): void {
    const before = state.limit;
    state = adaptInFlight(state, { kind, generation }, maxLimit);
    if (state.limit !== before && !isStoring) void store(before, state.limit);
  }

  // One change at a time; what another process found meanwhile wins over what this one wanted.
  async function store(from: number, to: number): Promise<void> {
    isStoring = true;
    try {
      const held = await changeLimit(from, to);
      await applyLimit(held);
      state = adoptInFlight(state, held);
    } catch (error) {
      onError(error);
    } finally {
      isStoring = false;
    }
  }

  return {
    async observe(request) {
      const { generation } = state;
      try {
        const result = await request();
        learn('accepted', generation);
        return result;
      } catch (error) {
        if (error instanceof TransientFailure && error.code === 'concurrent_limit') learn('refused', generation);
        throw error;
      }
    },
    limit: () => state.limit,
  };
}
