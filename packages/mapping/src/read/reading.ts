import type { DriftLog } from './drift-log.ts';

/**
 * What the readers need to know of the payload they read. A reader gives a cell's value, or null and an entry in the
 * log; it never throws.
 */
export interface Reading {
  readonly drift: DriftLog;
  /** Some number stands as `RawJson`: see `parseJson`. */
  readonly isExact: boolean;
  /** Some text may be unstorable: see `parseJson`. */
  readonly isSuspect: boolean;
}

/**
 * The payload's reading, and the list row's: the row was parsed elsewhere, so nothing is known of its texts and each is
 * looked at.
 */
export interface Readings {
  readonly reading: Reading;
  readonly listing: Reading;
}

/** The payload's own words for the maps that the readers walk. */
export type JsonRecord = Readonly<Record<string, unknown>>;
