import type { Drift } from '../tables/conversation-rows.ts';
import { makeDriftLog } from './drift-log.ts';
import type { Reading } from './reading.ts';

/** A reader's answer to a value, with the drift that it reports as `kind seen`. */
export function readWith<T>(
  reader: (reading: Reading, value: unknown, path: string) => T,
  value: unknown,
): { value: T; drift: string[] } {
  const drift = makeDriftLog();
  const read = reader({ drift, isExact: true, isSuspect: true }, value, 'path');
  return { value: read, drift: drift.entries().map(({ kind, seen }: Drift) => `${kind} ${seen}`) };
}
