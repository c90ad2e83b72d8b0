import type { TiedStarts } from '../model/time-line.ts';
import type { ErrorForm } from './problem.ts';
import type { TimeBounds } from './select.ts';

export type Dialect = 'elevenlabs' | 'voiceable';

/**
 * How long an answer is held back: a constant, a uniform range, or a log-normal distribution by its median and 95th
 * percentile.
 */
export type Latency =
  | number
  | { readonly minMs: number; readonly maxMs: number }
  | { readonly medianMs: number; readonly p95Ms: number };

/** What bounds the requests; null is no bound. */
export interface Limits {
  /** Requests in flight at once; one more gets a 429 `concurrent_limit_exceeded`. */
  readonly requestsInFlightMax: number | null;
  /** Requests in any second; one more gets a 429 `rate_limit_exceeded`. */
  readonly requestsPerSecondMax: number | null;
  readonly latencyMs: Latency;
}

/** Settings of `startSimulator`; everything has a default. */
export interface SimulatorOptions extends Partial<Limits> {
  /** 0 takes a free port. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default, 0.0.0.0 for a container. */
  readonly host?: string;
  /** A number, or a word that is hashed. Same seed, same conversations. */
  readonly seed?: number | string;
  /** How many conversations there are at first; up to several million, none is held in memory. */
  readonly conversationCount?: number;
  /** Call starts spread over [startUnixSecs, endUnixSecs]; by default the thirty days before now. */
  readonly startUnixSecs?: number;
  readonly endUnixSecs?: number;
  readonly agentCount?: number;
  /** The mean; a call has about half to one and a half times as many. */
  readonly turnsPerConversation?: number;
  /** No telephone, no tools: plain chats, about 15 KB for 20 turns instead of 23. */
  readonly hasOnlyChats?: boolean;
  /** Calls that share a second on purpose. */
  readonly tiedStarts?: TiedStarts;
  /** The key that both dialects ask for; null asks for none. */
  readonly apiKey?: string | null;
  readonly timeBounds?: TimeBounds;
  /** Level 1 to 9 where a client accepts gzip; 0 stores without compressing (almost no CPU); null never. */
  readonly gzipLevel?: number | null;
  readonly cursorLifetimeMs?: number;
  /** The form of ElevenLabs' error bodies. */
  readonly errorForm?: ErrorForm;
  readonly voiceablePrefix?: string;
  /** Which of the two row forms seen in the wild the proxy gives. */
  readonly voiceableRows?: 'documented' | 'observed' | 'mixed';
  /** Give a cursor also on the proxy's last page, as its documentation's example does. */
  readonly voiceableLastCursor?: boolean;
  /** Count detail requests by conversation: a map entry for each conversation asked for. */
  readonly countsDetailRequests?: boolean;
  /**
   * How many details are kept ready to be sent, as they were first asked for: for benchmarks, which do not want to
   * measure the simulator.
   */
  readonly rememberedMax?: number;
  /** Unix milliseconds. A call's status follows from it. */
  readonly nowMs?: () => number;
}

/** The key that is asked for when no other is set. */
export const defaultApiKey = 'simulator-key';

/** The settings with every default in place. */
export interface Settings extends Limits {
  readonly port: number;
  readonly host: string;
  readonly apiKey: string | null;
  readonly timeBounds: TimeBounds;
  readonly gzipLevel: number | null;
  readonly cursorLifetimeMs: number;
  readonly errorForm: ErrorForm;
  readonly voiceablePrefix: string;
  readonly voiceableRows: 'documented' | 'observed' | 'mixed';
  readonly voiceableLastCursor: boolean;
  readonly countsDetailRequests: boolean;
  readonly rememberedMax: number;
  readonly seed: number;
}
