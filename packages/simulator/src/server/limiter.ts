import type { Random } from '../random.ts';
import type { Latency, Limits } from './settings.ts';

/** Why a request is not let in. */
export type Refusal = 'concurrent_limit' | 'rate_limit';

/** The gate: counts requests in flight and requests a second. */
export interface Limiter {
  /** Lets a request in (null; call `leave` when it is over) or names the limit that it exceeds. */
  enter(): Refusal | null;
  leave(): void;
  inFlight(): number;
  /** The most requests in flight that were let in. */
  inFlightMax(): number;
  reset(): void;
  set(limits: Partial<Limits>): void;
  latencyMs(): number;
}

function drawLatency(latency: Latency, random: Random): number {
  if (typeof latency === 'number') return latency;
  if ('minMs' in latency) return latency.minMs + random.next() * (latency.maxMs - latency.minMs);
  // Box-Muller; the 95th percentile of a normal distribution is 1.645 deviations above its mean.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return latency.medianMs * Math.exp((Math.log(latency.p95Ms / latency.medianMs) / 1.645) * normal);
}

/** Makes the gate. `monotonicMs` is any clock that never goes back. */
export function makeLimiter(initial: Limits, random: Random, monotonicMs: () => number): Limiter {
  let limits = initial;
  let inFlight = 0;
  let highest = 0;
  // The times of the last second's requests: a sliding window, so that no edge lets twice as many through.
  let recent: number[] = [];
  return {
    enter: () => {
      if (limits.requestsInFlightMax !== null && inFlight >= limits.requestsInFlightMax) return 'concurrent_limit';
      if (limits.requestsPerSecondMax !== null) {
        const now = monotonicMs();
        if ((recent[0] ?? now) <= now - 1000) recent = recent.filter((time) => time > now - 1000);
        if (recent.length >= limits.requestsPerSecondMax) return 'rate_limit';
        recent.push(now);
      }
      inFlight += 1;
      highest = Math.max(highest, inFlight);
      return null;
    },
    leave: () => {
      inFlight -= 1;
    },
    inFlight: () => inFlight,
    inFlightMax: () => highest,
    reset: () => {
      highest = inFlight;
    },
    set: (changes) => {
      limits = { ...limits, ...changes };
      recent = [];
    },
    latencyMs: () => (limits.latencyMs === 0 ? 0 : drawLatency(limits.latencyMs, random)),
  };
}
