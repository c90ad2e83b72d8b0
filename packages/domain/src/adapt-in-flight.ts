import { shareInFlight } from './share-in-flight.ts';

/**
 * What one process knows about the number of requests in flight that a source allows. All workers of the source share
 * `limit`.
 */
export interface InFlightState {
  readonly limit: number;
  /**
   * The last limit that was held for a while without a refusal: where to go back to when a probe fails. 0: not known
   * yet.
   */
  readonly provenLimit: number;
  /** The lowest limit above the present one that was refused lately: the truth lies between. 0: none known. */
  readonly refusedLimit: number;
  /** How much the next growth adds: doubles while growth goes unrefused, starts again at 1 after a refusal. */
  readonly step: number;
  /** Answers without a refusal since the limit last changed. */
  readonly accepted: number;
  /** Refusals since then that tell nothing: see `isSettling`. */
  readonly passedOver: number;
  /**
   * Counts the changes of the limit: a refusal of a request that was sent under an older limit tells nothing about the
   * present one.
   */
  readonly generation: number;
  /** False until the first refusal: before it, growth is quick. */
  readonly hasBeenRefused: boolean;
}

/** What happened to a request, for the adaptation. */
export type InFlightOutcome = { readonly kind: 'accepted' | 'refused'; readonly generation: number };

/**
 * After a refusal the limit is probed once in so many answers. A probe costs about one refused request, so the share of
 * refusals stays under one per cent; a probe by time would cost more than that where requests are slow. More answers
 * between probes would find a raised allowance later.
 */
const acceptedBeforeProbe = 200;

/** The place of a process among the workers of its source, which share the limit and its answers. */
export interface InFlightPlace {
  readonly workers: number;
  readonly rank: number;
}

export function initialInFlight(limit: number): InFlightState {
  return {
    limit,
    provenLimit: 0,
    refusedLimit: 0,
    step: 1,
    accepted: 0,
    passedOver: 0,
    generation: 0,
    hasBeenRefused: false,
  };
}

/**
 * What an earlier run has found holds for the next one, which probes from there as that one would have. `refused`: the
 * lowest number above the limit that was refused, 0 where none is known; null where nothing was refused yet, so that
 * the search was still under way.
 */
export function rememberedInFlight(limit: number, refused: number | null): InFlightState {
  const start = initialInFlight(limit);
  if (refused === null) return start;
  return { ...start, refusedLimit: refused > limit ? refused : 0, hasBeenRefused: true };
}

/**
 * Additive increase, multiplicative decrease, within `[1, max]`; pure. Each of several workers sees its part of the
 * answers only, and any of them takes the limit back; only the first one raises it, for two that probe by turns are
 * refused twice as often and undo what the other has found. Growth that goes unrefused doubles its step, so that a
 * source which suddenly allows more is found within a few rounds. A refused probe goes back to what was proven; a
 * refusal of a proven limit cuts it to 70 %. Between a limit that holds and one that was refused the middle is tried
 * next, so that the last one that holds is found within a few rounds, and not by single steps.
 */
export function adaptInFlight(
  state: InFlightState,
  outcome: InFlightOutcome,
  max: number,
  place: InFlightPlace = { workers: 1, rank: 0 },
): InFlightState {
  if (outcome.generation !== state.generation) return state;
  if (outcome.kind === 'refused') {
    const isProbe = state.provenLimit > 0 && state.provenLimit < state.limit;
    if (!isProbe && isSettling(state, place)) return { ...state, passedOver: state.passedOver + 1 };
    const limit = Math.max(1, isProbe ? state.provenLimit : Math.floor(state.limit * 0.7));
    return {
      limit,
      provenLimit: isProbe ? limit : 0,
      refusedLimit: state.limit,
      step: 1,
      hasBeenRefused: true,
      ...countedAnew(state),
    };
  }
  const accepted = state.accepted + 1;
  if (place.rank > 0) return { ...state, accepted };
  // A limit is proven when it was filled twice over; growing further on at once is safe then, as long as nothing was
  // refused.
  const isHalving = state.refusedLimit - state.limit > 1;
  const isGrowing = !state.hasBeenRefused || state.step > 1 || isHalving;
  const needed = isGrowing ? state.limit * 2 : Math.max(acceptedBeforeProbe, state.limit * 4);
  if (accepted * place.workers < needed || state.limit >= max) return { ...state, accepted };
  const limit = isHalving ? Math.floor((state.limit + state.refusedLimit) / 2) : state.limit + state.step;
  return {
    ...state,
    limit: Math.min(max, limit),
    provenLimit: state.limit,
    refusedLimit: state.refusedLimit > limit ? state.refusedLimit : 0,
    step: isHalving ? 1 : Math.min(state.step * 2, 16),
    ...countedAnew(state),
  };
}

/** After a change nothing has come yet, and what was sent before belongs to another generation. */
function countedAnew({ generation }: InFlightState): Pick<InFlightState, 'accepted' | 'passedOver' | 'generation'> {
  return { accepted: 0, passedOver: 0, generation: generation + 1 };
}

/**
 * Whether requests that were sent under a higher limit are still under way: they take places that the present limit
 * does not count, so a refusal is no sign against it. When as many outcomes have come as the limit lets through at
 * once, they are over.
 */
function isSettling({ limit, refusedLimit, accepted, passedOver }: InFlightState, { workers }: InFlightPlace): boolean {
  return refusedLimit > limit && (accepted + passedOver) * workers < limit;
}

/**
 * Requests that a process may have in flight: its part of the limit, less one for each refusal that was passed over,
 * for as long as those requests that take the places of others may be under way.
 */
export function roomInFlight(state: InFlightState, place: InFlightPlace): number {
  const share = shareInFlight(state.limit, place.workers, place.rank);
  return isSettling(state, place) ? Math.max(Math.min(1, share), share - state.passedOver) : share;
}

/** The same limit holds again after another worker has tried more, and what it sent is still under way. */
export function resettleInFlight(state: InFlightState): InFlightState {
  return { ...state, refusedLimit: Math.max(state.refusedLimit, state.limit + 1), ...countedAnew(state) };
}

/**
 * Takes over the limit that another process has found. A higher one may be a probe: a refusal goes back to the present
 * one. A lower one was found by a refusal.
 */
export function adoptInFlight(state: InFlightState, limit: number): InFlightState {
  if (limit === state.limit) return state;
  return {
    ...state,
    limit,
    provenLimit: Math.min(limit, state.limit),
    refusedLimit: limit < state.limit ? state.limit : state.refusedLimit > limit ? state.refusedLimit : 0,
    step: 1,
    ...countedAnew(state),
    hasBeenRefused: state.hasBeenRefused || limit < state.limit,
  };
}
