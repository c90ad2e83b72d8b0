import { randomBytes } from 'node:crypto';

/** A URL that was printed in the morning is no key in the evening. */
const lifetimeMs = 3_600_000;

/**
 * Codes that log in once, within an hour, for a URL that a terminal prints. They live in this process, for as long as
 * it does.
 */
export function makeOneTimeCodes(now: () => number = Date.now) {
  const madeMs = new Map<string, number>();
  return {
    make(): string {
      const code = randomBytes(24).toString('base64url');
      madeMs.set(code, now());
      return code;
    },
    /** Whether the code is one of ours that nobody has used, and not too old; it is used up by that. */
    take(code: string): boolean {
      const made = madeMs.get(code);
      madeMs.delete(code);
      return made !== undefined && now() - made < lifetimeMs;
    },
  };
}

export type OneTimeCodes = ReturnType<typeof makeOneTimeCodes>;
