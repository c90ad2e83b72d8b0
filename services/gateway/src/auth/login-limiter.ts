/** Wrong tokens that an address may send in a minute, and all addresses together. */
const attemptsMax = 10;
const attemptsOfAllMax = 200;
const minuteMs = 60_000;
/** Addresses remembered at most. */
const addressesMax = 10_000;

/**
 * Counts wrong tokens by address and in all: a token is long enough not to be guessed, and nobody shall try all the
 * same. Whoever has the right token is asked for it before the count is, so that wrong ones lock nobody out.
 */
export function makeLoginLimiter(now: () => number = Date.now) {
  const failures = new Map<string, Count>();
  let all: Count = { count: 0, sinceMs: 0 };
  const isFull = (known: Count | undefined, max: number): boolean =>
    known !== undefined && known.count >= max && now() - known.sinceMs < minuteMs;
  const counted = (known: Count | undefined): Count =>
    known === undefined || now() - known.sinceMs >= minuteMs
      ? { count: 1, sinceMs: now() }
      : { ...known, count: known.count + 1 };
  return {
    isBlocked: (address: string): boolean =>
      isFull(failures.get(address), attemptsMax) || isFull(all, attemptsOfAllMax),
    noteFailure(address: string): void {
      if (failures.size >= addressesMax && !failures.has(address)) failures.clear();
      failures.set(address, counted(failures.get(address)));
      all = counted(all);
    },
  };
}

export type LoginLimiter = ReturnType<typeof makeLoginLimiter>;

interface Count {
  readonly count: number;
  readonly sinceMs: number;
}
