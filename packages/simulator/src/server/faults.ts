import { makeRandom, mix } from '../random.ts';
import type { Endpoint } from './route.ts';
import type { Dialect } from './settings.ts';

/** The value of a `Retry-After` header: seconds, or a date so many seconds from now (negative: a date in the past). */
export type RetryAfter = { readonly secs: number } | { readonly dateInSecs: number };

/** What a fault does to a request. `delay` goes on to the normal answer; every other action replaces it. */
export type FaultAction =
  | {
      readonly do: 'status';
      readonly status: number;
      readonly body?: string | object;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A page of HTML, as a front end in trouble gives. */
  | { readonly do: 'html'; readonly status: number }
  | { readonly do: 'concurrent_limit'; readonly retryAfter?: RetryAfter }
  | {
      readonly do: 'rate_limit';
      readonly code?: 'rate_limit_exceeded' | 'system_busy';
      readonly retryAfter?: RetryAfter;
    }
  | { readonly do: 'unauthorized' }
  /** 401 with the code that a restricted key gets where it has no permission. */
  | { readonly do: 'forbidden' }
  | { readonly do: 'not_found' }
  /** 502 in the dialect's form: what the proxy says when its upstream fails. */
  | { readonly do: 'upstream_error' }
  | { readonly do: 'delay'; readonly ms: number }
  /** Closes the connection with a reset, before any byte of an answer. */
  | { readonly do: 'reset' }
  /** Sends the head and a part of the body, then closes the connection. */
  | { readonly do: 'truncate'; readonly share?: number }
  /** Takes the request and never answers. */
  | { readonly do: 'swallow' }
  /** 200, and a body that is no JSON. */
  | { readonly do: 'invalid_json' }
  /**
   * Refuses the cursor of a list request, and with it every cursor issued so far. A request without a cursor passes.
   */
  | { readonly do: 'expire_cursor' };

/** Which requests a fault hits: all conditions that are given must hold. */
export interface FaultMatch {
  readonly endpoint?: Endpoint | readonly Endpoint[];
  readonly dialect?: Dialect;
  readonly conversationId?: string | readonly string[];
  /** The first step of the path of `entities`: `agents`, `tools`, `tags`, `v2` (telephone numbers), `batch-calling`. */
  readonly entity?: string;
  /** Only requests with (or without) a cursor. */
  readonly hasCursor?: boolean;
  /** The nth request (from 1) among those that match the conditions above. */
  readonly nth?: number | readonly number[];
  /** Every nth request among them. */
  readonly every?: number;
  /** Counts `nth` and `every` for each conversation apart: "the first request for each detail fails". */
  readonly countedBy?: 'conversation';
  /** Drawn from the seed, request by request. */
  readonly probability?: number;
}

/** One row of a script of faults. The first row that matches a request is played. */
export interface Fault {
  /** Names the row in the statistics. */
  readonly name?: string;
  readonly match?: FaultMatch;
  /** How often it is played at most. */
  readonly times?: number;
  /** How long after it was set it is played, in milliseconds. */
  readonly forMs?: number;
  readonly action: FaultAction;
}

/** What the script needs to know of a request. */
export interface FaultRequest {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly conversationId: string | null;
  readonly entity?: string | null;
  readonly hasCursor: boolean;
}

/** A script of faults under play. */
export interface FaultScript {
  /** The action for a request, or null; counts the request. */
  next(request: FaultRequest): FaultAction | null;
  /** How often each row was played, by its name or its place (`fault 1`). */
  played(): Readonly<Record<string, number>>;
}

const includes = <T>(wanted: T | readonly T[], value: T) =>
  Array.isArray(wanted) ? wanted.includes(value) : wanted === value;

function isMeant(match: FaultMatch, request: FaultRequest): boolean {
  if (match.endpoint !== undefined && !includes(match.endpoint, request.endpoint)) return false;
  if (match.dialect !== undefined && match.dialect !== request.dialect) return false;
  if (match.entity !== undefined && match.entity !== request.entity) return false;
  if (match.hasCursor !== undefined && match.hasCursor !== request.hasCursor) return false;
  return (
    match.conversationId === undefined ||
    (request.conversationId !== null && includes(match.conversationId, request.conversationId))
  );
}

/** Puts a list of faults into play. `nowMs` measures `forMs`. */
export function makeFaultScript(faults: readonly Fault[], seed: number, nowMs: () => number): FaultScript {
  const startedMs = nowMs();
  const rows = faults.map((fault, place) => ({
    fault,
    name: fault.name ?? `fault ${place + 1}`,
    random: makeRandom(mix(seed, 0xfa + place)),
    count: 0,
    counts: new Map<string, number>(),
    played: 0,
  }));
  const isDue = (row: (typeof rows)[number], request: FaultRequest) => {
    const { match = {}, times, forMs } = row.fault;
    if (!isMeant(match, request)) return false;
    let count: number;
    if (match.countedBy === 'conversation' && request.conversationId !== null) {
      count = (row.counts.get(request.conversationId) ?? 0) + 1;
      row.counts.set(request.conversationId, count);
    } else {
      row.count += 1;
      count = row.count;
    }
    if (times !== undefined && row.played >= times) return false;
    if (forMs !== undefined && nowMs() - startedMs >= forMs) return false;
    if (match.nth !== undefined && !includes(match.nth, count)) return false;
    if (match.every !== undefined && count % match.every !== 0) return false;
    return match.probability === undefined || row.random.chance(match.probability);
  };
  return {
    next: (request) => {
      let chosen: FaultAction | null = null;
      // Every row counts every request that it is meant for, also when an earlier row is played: `nth` stays what a
      // reader expects.
      for (const row of rows) {
        if (!isDue(row, request) || chosen !== null) continue;
        row.played += 1;
        chosen = row.fault.action;
      }
      return chosen;
    },
    played: () => Object.fromEntries(rows.map((row) => [row.name, row.played])),
  };
}

/** The text of a `Retry-After` header. */
export function retryAfterText(retryAfter: RetryAfter, nowMs: number): string {
  if ('secs' in retryAfter) return String(retryAfter.secs);
  return new Date(nowMs + retryAfter.dateInSecs * 1000).toUTCString();
}
