import type { Origin } from './origin.ts';

/** The order in which a source's requests are spent: new calls first, rechecks next, history last. */
export type Lane = 'live' | 'refresh' | 'backfill';

/** The lane that belongs to what made Voxport look. */
export function laneOf(origin: Origin): Lane {
  switch (origin) {
    case 'poll':
    case 'webhook':
      return 'live';
    case 'refresh':
      return 'refresh';
    case 'backfill':
      return 'backfill';
  }
}
