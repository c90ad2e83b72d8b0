/** A generator of random numbers that gives the same ones for the same seed. */
export interface Random {
  /** From 0 to 1, 1 excluded. */
  readonly next: () => number;
  /** A whole number from 0 to `max`, `max` excluded. */
  readonly below: (max: number) => number;
  readonly chance: (share: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
}

export function makeRandom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (max: number): number => Math.floor(next() * max);
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (items) => items[below(items.length)]!,
  };
}
