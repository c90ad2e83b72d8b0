import {
  adaptInFlight,
  adoptInFlight,
  initialInFlight,
  rememberedInFlight,
  resettleInFlight,
  roomInFlight,
  shareInFlight,
  TerminalFailure,
  TransientFailure,
  type InFlightState,
} from '@voxport/domain';
import { repeat } from '@voxport/runtime';
import type { SourceStore, WorkerShare, WorkerTraffic } from '@voxport/warehouse';
import { makeGate } from './gate.ts';

/** How often a worker says that it lives, and sees how many others do and what limit they found. */
const signalEveryMs = 1000;

export interface InFlightDependencies extends Pick<SourceStore, 'changeInFlightLimit'> {
  readonly startLimit: number;
  readonly maxLimit: number;
  /** Gives this worker's heartbeat; tells its place among the workers of the source. */
  readonly signalWorker: (traffic: Omit<WorkerTraffic, 'detailLatencyMs'>) => Promise<WorkerShare>;
  /** Told when the part of this worker, or the limit of all, has changed. */
  readonly onChange: (change: { share: number; limit: number; workers: number }) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the requests in flight of all workers of a source within what the source allows, and finds out how much that
 * is.
 */
export interface InFlightGovernor {
  /** Runs a request when this worker has room for it, and learns from its outcome. */
  readonly run: <Result>(request: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
  /** Requests that this worker may have in flight at present. */
  readonly share: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Makes the governor of one source in this process. The limit is one number for all workers (in Postgres, changed by
 * compare and set); each worker holds its part of it at a gate of its own, so a job may wait behind the gate while
 * another one's request is under way: the time that a job needs besides its request costs the source no throughput, and
 * no request is sent that is bound to be refused.
 */
export async function startInFlightGovernor(dependencies: InFlightDependencies): Promise<InFlightGovernor> {
  const { startLimit, maxLimit, changeInFlightLimit, signalWorker, onChange, onError } = dependencies;
  const gate = makeGate(0);
  let state = initialInFlight(startLimit);
  let requests = 0;
  let refused = 0;
  const traffic = (): Omit<WorkerTraffic, 'detailLatencyMs'> => ({ inFlight: gate.inside(), requests, refused });
  let place: WorkerShare = await signalWorker(traffic());
  /** When the stored limit was changed last, as far as this worker knows. */
  let changedAt = place.limitChangedAt;
  let told = '';
  let isStoring = false;

  async function apply(): Promise<void> {
    const share = shareInFlight(state.limit, place.workers, place.rank);
    gate.resize(roomInFlight(state, place));
    const change = { share, limit: state.limit, workers: place.workers };
    if (told === JSON.stringify(change)) return;
    told = JSON.stringify(change);
    await onChange(change);
  }

  /**
   * Stores what was learnt since `before`, what is learnt meanwhile included; or takes over what another worker has
   * found.
   */
  async function store(before: InFlightState): Promise<void> {
    isStoring = true;
    try {
      for (let known = before; ;) {
        const asked = state.limit;
        const refusedAbove = state.hasBeenRefused ? state.refusedLimit : null;
        const { isChanged, ...held } = await changeInFlightLimit({ changedAt, to: asked, refused: refusedAbove });
        changedAt = held.changedAt;
        if (!isChanged && (asked > known.limit || held.limit <= known.limit)) {
          takeOver(known, held.limit);
          break;
        }
        // The other one was trying more, and the refusal came here: it is that which was refused, and the limit of
        // before holds.
        if (!isChanged) takeBack(known, held.limit);
        else if (state.limit === asked) break;
        known = { ...state, limit: held.limit };
      }
      await apply();
    } catch (error) {
      onError(error);
    } finally {
      isStoring = false;
    }
  }

  function takeOver(known: InFlightState, held: number): void {
    const taken = held === known.limit ? resettleInFlight(known) : adoptInFlight(known, Math.min(held, maxLimit));
    state = { ...taken, generation: state.generation + 1 };
  }

  function takeBack(known: InFlightState, held: number): void {
    takeOver(known, held);
    state = adaptInFlight(state, { kind: 'refused', generation: state.generation }, maxLimit, place);
  }

  function learn(kind: 'accepted' | 'refused', generation: number): void {
    const before = state;
    state = adaptInFlight(state, { kind, generation }, maxLimit, place);
    gate.resize(roomInFlight(state, place));
    if (state.limit !== before.limit && !isStoring) void store(before);
  }

  async function signalAgain(): Promise<void> {
    const knownAt = changedAt;
    place = await signalWorker(traffic());
    // What another worker found counts here too; but what was read before this worker's own change says nothing.
    if (place.inFlightLimit !== null && !isStoring && changedAt === knownAt) {
      changedAt = place.limitChangedAt;
      state = adoptInFlight(state, Math.min(place.inFlightLimit, maxLimit));
    }
    await apply();
  }

  if (place.inFlightLimit === null) await store(state);
  else state = rememberedInFlight(Math.min(place.inFlightLimit, maxLimit), place.inFlightRefused);
  await apply();
  const signalling = repeat({ everyMs: signalEveryMs, step: signalAgain, onError });

  return {
    async run(request, signal) {
      const leave = await gate.enter(signal);
      const { generation } = state;
      try {
        const result = await request();
        requests += 1;
        learn('accepted', generation);
        return result;
      } catch (error) {
        const code = error instanceof TransientFailure ? error.code : null;
        // What is thrown besides these is no answer: the signal's reason, or a detail request that nobody has any more.
        if (code !== null || error instanceof TerminalFailure) requests += 1;
        if (code === 'concurrent_limit' || code === 'rate_limit') refused += 1;
        if (code === 'concurrent_limit') learn('refused', generation);
        throw error;
      } finally {
        leave();
      }
    },
    share: () => shareInFlight(state.limit, place.workers, place.rank),
    async close() {
      await signalling[Symbol.asyncDispose]();
      // What was sent since the last heartbeat counts too: a short run has no other.
      await signalWorker(traffic()).catch(onError);
    },
  };
}
