import {
  TerminalFailure,
  TransientFailure,
  type ConversationPage,
  type ConversationPayload,
  type ListFilters,
  type ListedConversation,
  type TimeRange,
} from '../../packages/domain/src/index.ts';
import { modelNowMs } from './clock.ts';

/** A call as the API holds it. */
export interface Call {
  readonly id: string;
  readonly startSecs: number;
  readonly agent: string;
  /** When it could first be listed, in the model's order of events. */
  readonly appearedAt: number;
  /** It began long before it could be listed. */
  readonly isLate: boolean;
  isEnded: boolean;
  /** Grows with each change of what the list and the detail tell. */
  revision: number;
  isVisible: boolean;
  /** How its detail is refused at present. */
  refusal: { readonly kind: Refusal; left: number } | null;
}

/** The ways in which a detail can be refused. */
export const refusals = [
  'forbidden',
  'not_found',
  'server_error',
  'cut',
  'retry_after',
  'timeout',
  'invalid',
  'no_conversation',
] as const;
export type Refusal = (typeof refusals)[number];

/** The ways in which a list request can fail. */
export const listFaults = [
  'server_error',
  'timeout',
  'rate_limit',
  'concurrent_limit',
  'loop',
  'cursor_expired',
  'cut',
  'empty',
  'invalid',
] as const;
export type ListFault = (typeof listFaults)[number];

/**
 * That all calls of a stretch `[fromSecs, toSecs)` that matched these filters, and could be listed at that moment, were
 * listed.
 */
export interface Witness {
  readonly at: number;
  readonly fromSecs: number;
  readonly toSecs: number;
  readonly agent: string | null;
}

/** A detail that was given. */
export interface Fetch {
  readonly id: string;
  readonly revision: number;
  readonly isEnded: boolean;
}

interface Position {
  readonly startSecs: number;
  readonly id: string;
  /** When the listing of that second began. */
  readonly secondSince: number;
}

/** Rows a page: few, so that small histories have many pages. */
const pageSize = 2;

export type ModelApi = ReturnType<typeof makeModelApi>;

/** What scheduler and worker ask of a source. */
export type FleetApi = Pick<ModelApi, 'listPage' | 'getConversation' | 'checkAccess'>;

/**
 * One source's API: calls newest first behind a cursor, their details, and the faults of both. Speaks as
 * `ConversationSource` does.
 */
export function makeModelApi() {
  const calls = new Map<string, Call>();
  const witnesses: Witness[] = [];
  const fetches: Fetch[] = [];
  const positions = new Map<string, Position>();
  const listFaultsLeft: { readonly kind: ListFault; left: number }[] = [];
  let events = 0;
  let isKeyRefused = false;
  let isDown = false;
  let listRequests = 0;

  function refuseAll(): void {
    if (isKeyRefused) throw new TerminalFailure('unauthorized', 'HTTP 401', { status: 401 });
    if (isDown) throw new TransientFailure('server_error', 'HTTP 503', { status: 503 });
  }

  function takeListFault(cursor: string | null): ListFault | null {
    const fault = listFaultsLeft[0];
    if (fault === undefined || (fault.kind === 'cursor_expired' && cursor === null)) return null;
    fault.left -= 1;
    if (fault.left <= 0) listFaultsLeft.shift();
    return fault.kind;
  }

  function listed(call: Call): ListedConversation {
    return {
      conversationId: call.id,
      agentId: call.agent,
      startedAt: new Date(call.startSecs * 1000),
      status: call.isEnded ? 'done' : 'in-progress',
      isTerminal: call.isEnded,
      fingerprint: fingerprintOf(call),
      row: { conversation_id: call.id, agent_id: call.agent },
    };
  }

  return {
    calls,
    witnesses,
    fetches,
    /** Counts the model's events: what appears, and what is listed. */
    tick: () => (events += 1),
    events: () => events,
    listRequests: () => listRequests,
    addListFault: (kind: ListFault, times: number) => void listFaultsLeft.push({ kind, left: times }),
    refuseKey: (isRefused: boolean) => void (isKeyRefused = isRefused),
    goDown: (isAway: boolean) => void (isDown = isAway),
    isAtFault: () => listFaultsLeft.length > 0 || isKeyRefused || isDown,
    /** Ends the faults that are not for ever. */
    recover() {
      listFaultsLeft.length = 0;
      isKeyRefused = false;
      isDown = false;
      for (const call of calls.values())
        if (call.refusal !== null && Number.isFinite(call.refusal.left)) call.refusal = null;
    },

    checkAccess: async (): Promise<void> => {
      refuseAll();
      if (listFaultsLeft[0]?.kind === 'server_error')
        throw new TransientFailure('server_error', 'HTTP 500', { status: 500 });
    },

    listPage: async (request: {
      range: TimeRange;
      cursor: string | null;
      filters: ListFilters;
    }): Promise<ConversationPage> => {
      const { range, cursor, filters } = request;
      listRequests += 1;
      refuseAll();
      const fault = takeListFault(cursor);
      switch (fault) {
        case 'server_error':
          throw new TransientFailure('server_error', 'HTTP 500', { status: 500 });
        case 'timeout':
          throw new TransientFailure('timeout', 'no answer');
        case 'cut':
          throw new TransientFailure('malformed_response', 'cut', { status: 200 });
        case 'rate_limit':
          throw new TransientFailure('rate_limit', 'HTTP 429', { status: 429, retryAfterMs: 5000 });
        case 'concurrent_limit':
          throw new TransientFailure('concurrent_limit', 'HTTP 429', { status: 429 });
        case 'cursor_expired':
          throw new TerminalFailure('cursor_expired', 'HTTP 400 invalid_cursor', { status: 400 });
        case 'invalid':
          throw new TerminalFailure('invalid_request', 'HTTP 422', { status: 422 });
        default:
      }
      const at = (events += 1);
      const from = cursor === null || fault === 'loop' ? null : (positions.get(cursor) ?? null);
      const fromSecs = range.after === null ? Number.NEGATIVE_INFINITY : Math.floor(range.after.getTime() / 1000);
      const toSecs = Math.ceil(range.before.getTime() / 1000);
      const matching = [...calls.values()]
        .filter((call) => call.isVisible && call.startSecs >= fromSecs && call.startSecs < toSecs)
        .filter((call) => filters.agent_id === undefined || call.agent === filters.agent_id)
        .filter((call) => from === null || isBehind(call, from))
        .toSorted((a, b) => (isBehind(a, b) ? 1 : -1));
      if (fault === 'empty') {
        const nextCursor = `empty-${at}`;
        if (from !== null) positions.set(nextCursor, from);
        return { conversations: [], nextCursor, hasMore: true, rowCount: 0, totalCount: null, unusableRows: [] };
      }
      const rows = matching.slice(0, pageSize);
      const hasMore = fault === 'loop' || matching.length > pageSize;
      const last = rows.at(-1);
      const edgeSecs = from === null ? toSecs : from.startSecs;
      const agent = filters.agent_id ?? null;
      // The second of the last row may continue on the next page; that of the cursor began on an earlier one.
      const lowSecs = hasMore ? (last?.startSecs ?? edgeSecs) + 1 : fromSecs;
      if (lowSecs < edgeSecs) witnesses.push({ at, fromSecs: lowSecs, toSecs: edgeSecs, agent });
      if (from !== null && lowSecs <= edgeSecs)
        witnesses.push({ at: from.secondSince, fromSecs: edgeSecs, toSecs: edgeSecs + 1, agent });
      let nextCursor: string | null = null;
      if (hasMore) {
        nextCursor = fault === 'loop' ? 'loop' : `${at}`;
        if (last !== undefined)
          positions.set(nextCursor, {
            startSecs: last.startSecs,
            id: last.id,
            secondSince: from !== null && from.startSecs === last.startSecs ? from.secondSince : at,
          });
      }
      return {
        conversations: rows.map(listed),
        nextCursor,
        hasMore,
        rowCount: rows.length,
        totalCount: null,
        unusableRows: [],
      };
    },

    getConversation: async (id: string): Promise<ConversationPayload> => {
      refuseAll();
      const call = calls.get(id);
      if (call === undefined || !call.isVisible) throw new TerminalFailure('not_found', 'HTTP 404', { status: 404 });
      if (call.refusal !== null) {
        const { kind } = call.refusal;
        call.refusal.left -= 1;
        if (call.refusal.left <= 0) call.refusal = null;
        const body = refuse(kind);
        return { conversationId: id, body, missing: 'no status', receivedAtMs: performance.now() };
      }
      fetches.push({ id, revision: call.revision, isEnded: call.isEnded });
      return { conversationId: id, body: bodyOf(call), receivedAtMs: performance.now() };
    },
  };
}

/** Same look, nothing new. */
export function fingerprintOf(call: Pick<Call, 'revision' | 'isEnded'>): string {
  return `${call.revision}-${call.isEnded ? 'done' : 'running'}`;
}

function refuse(kind: Refusal): Uint8Array {
  switch (kind) {
    case 'forbidden':
      throw new TerminalFailure('forbidden', 'HTTP 403', { status: 403 });
    case 'not_found':
      throw new TerminalFailure('not_found', 'HTTP 404', { status: 404 });
    case 'server_error':
      throw new TransientFailure('server_error', 'HTTP 500', { status: 500 });
    case 'cut':
      throw new TransientFailure('malformed_response', 'cut', { status: 200 });
    case 'retry_after':
      throw new TransientFailure('server_error', 'HTTP 503', { status: 503, retryAfterMs: 86_400_000 });
    case 'timeout':
      throw new TransientFailure('timeout', 'no answer');
    case 'invalid':
      throw new TerminalFailure('invalid_request', 'HTTP 422', { status: 422 });
    case 'no_conversation':
      return Buffer.from('[]');
  }
}

function bodyOf({ id, agent, startSecs, isEnded, revision }: Call): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      agent_id: agent,
      conversation_id: id,
      status: isEnded ? 'done' : 'in-progress',
      transcript: [{ role: 'user', message: `revision ${revision}`, time_in_call_secs: 0 }],
      metadata: {
        start_time_unix_secs: startSecs,
        call_duration_secs: isEnded ? 5 : Math.max(0, Math.floor(modelNowMs() / 1000) - startSecs),
      },
      analysis: { call_summary_title: `${revision}` },
    }),
  );
}

/** Whether a call comes after another in the list: older ones do, and of one second those with the smaller id. */
function isBehind(call: Pick<Call, 'startSecs' | 'id'>, other: Pick<Call, 'startSecs' | 'id'>): boolean {
  return call.startSecs < other.startSecs || (call.startSecs === other.startSecs && call.id < other.id);
}
