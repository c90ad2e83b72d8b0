import { TerminalFailure, type TransientFailure } from '@voxport/domain';

/** How a recording is asked for again. */
export interface Postponement {
  /** Seconds until the next attempt, after the first one in vain, the second one …; after the last it is given up. */
  readonly delaysSecs: readonly number[];
  readonly givenUpAs: 'absent' | 'failed';
}

const minute = 60;
const hour = 3600;
const day = 86_400;

/** The audio may lag the call by minutes; what is not there a day later does not come. */
const late: Postponement = { delaysSecs: [2 * minute, 10 * minute, hour, 6 * hour, day], givenUpAs: 'absent' };
/** A source that does not say whether it has a recording mostly has none: fewer requests for nothing. */
const unpromised: Postponement = { delaysSecs: [10 * minute, day], givenUpAs: 'absent' };
/** An outage, a full disk, a missing permission: somebody fixes it, or it passes. */
const outage: Postponement = { delaysSecs: [10 * minute, hour, 6 * hour, day, day], givenUpAs: 'failed' };
/** Asking again cannot help. */
const never: Postponement = { delaysSecs: [], givenUpAs: 'failed' };

/**
 * What becomes of a recording after a failure that the queue should not repeat: it is put off. Null for a failure that
 * the queue handles: one that passes within minutes, or that concerns the key and so the whole source. A refusal of the
 * audio alone (`forbidden`) must not pause the transcripts.
 */
export function postponementOf(error: TerminalFailure | TransientFailure, isPromised: boolean): Postponement | null {
  if (error.code === 'not_found') return isPromised ? late : unpromised;
  return error.code === 'storage' || error.code === 'forbidden' ? outage : null;
}

/** The same for a job that the queue has given up. */
export function postponementOfDeadLetter(error: unknown): Postponement {
  return error instanceof TerminalFailure ? never : outage;
}
