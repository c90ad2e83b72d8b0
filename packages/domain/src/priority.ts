import type { Origin } from './origin.ts';

/** The order in which a source's requests are spent: new calls first, rechecks next, history last. */
export type Priority = 'live' | 'refresh' | 'backfill';

/** The priority that belongs to what made Voxport look. */
export function priorityFor(origin: Origin): Priority {
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
