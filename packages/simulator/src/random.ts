/** A stream of pseudo-random numbers that depends on nothing but the numbers it was made from. */
export interface Random {
  /** The next number in [0, 1). */
  next(): number;
  /** The next whole number in [min, max], both included. */
  int(min: number, max: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One item of a list that is not empty. */
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T;
}

/**
 * Mixes two 32-bit numbers into one (the finaliser of MurmurHash3): the ground on which everything about conversation i
 * is computed from (seed, i).
 */
export function mix(a: number, b: number): number {
  let h = a ^ Math.imul(b, 0x9e3779b1);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Makes the stream (mulberry32: 32 bits of state, a few nanoseconds a number). */
export function makeRandom(state: number): Random {
  let s = state | 0;
  const next = () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError('pick needs a list that is not empty');
      return item;
    },
  };
}

/** A 32-bit number from any text, so that a seed may be a word (FNV-1a). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `length` characters of the vendor's id alphabet (Crockford's base 32, lower case), a function of `state` alone. */
export function idText(state: number, length: number): string {
  let text = '';
  let word = 0;
  for (let i = 0; i < length; i += 1) {
    if (i % 6 === 0) word = mix(state, i + 1);
    text += alphabet[word & 31] ?? '0';
    word >>>= 5;
  }
  return text;
}

/** An id in the vendor's form: prefix, four digits, 24 characters, e.g. `agent_0201kvxr60szf29bwnabbqys83cw`. */
export function vendorId(prefix: string, state: number): string {
  return `${prefix}_${String(mix(state, 0x1d) % 10_000).padStart(4, '0')}k${idText(state, 23)}`;
}
