import type { Drift } from '../tables/conversation-rows.ts';
import { toStorable } from '../json/storable.ts';

/** Collects what a payload has that the mapping did not expect: one entry a distinct (path, kind, seen). */
export interface DriftLog {
  add(path: string, kind: Drift['kind'], seen: string): void;
  entries(): readonly Drift[];
}

/** Above this a payload is not drifting but arbitrary: the rest is summed up in one entry. */
export const driftEntriesMax = 1_000;
/** Keys and values come from the payload: bounded, so that one row of `schema_drift` stays readable and indexable. */
const pathLengthMax = 300;
const seenLengthMax = 120;

/** An empty log. */
export function makeDriftLog(): DriftLog {
  let byIdentity: Map<string, Drift> | null = null;

  function put(path: string, kind: Drift['kind'], seen: string): void {
    byIdentity ??= new Map();
    const identity = `${kind}\n${path}\n${seen}`;
    if (!byIdentity.has(identity)) byIdentity.set(identity, { path, kind, seen });
  }

  return {
    add(path, kind, seen) {
      if (byIdentity !== null && byIdentity.size >= driftEntriesMax) {
        put('', 'unknown_key', `more than ${driftEntriesMax} different entries`);
        return;
      }
      put(short(path, pathLengthMax), kind, short(seen, seenLengthMax));
    },
    entries: () => (byIdentity === null ? [] : [...byIdentity.values()]),
  };
}

function short(text: string, lengthMax: number): string {
  return toStorable(text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text);
}
