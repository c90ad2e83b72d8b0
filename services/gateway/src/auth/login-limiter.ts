/** Wrong tokens that an address may send in a minute. */
const attemptsMax = 10;
const minuteMs = 60_000;
/** Addresses remembered at most. */
const addressesMax = 10_000;

/** Counts wrong tokens by address: a token is long enough not to be guessed, and nobody shall try all the same. */
export function makeLoginLimiter(now: () => number = Date.now) {
  const failures = new Map<string, { count: number; sinceMs: number }>();
  return {
    isBlocked(address: string): boolean {
      const known = failures.get(address);
      return known !== undefined && known.count >= attemptsMax && now() - known.sinceMs < minuteMs;
    },
    noteFailure(address: string): void {
      const known = failures.get(address);
      if (known === undefined || now() - known.sinceMs >= minuteMs) {
        if (failures.size >= addressesMax) failures.clear();
        failures.set(address, { count: 1, sinceMs: now() });
      } else known.count += 1;
    },
  };
}
