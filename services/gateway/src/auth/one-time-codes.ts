import { randomBytes } from 'node:crypto';

/** Codes that log in once, for a URL that a terminal prints. They live in this process, for as long as it does. */
export function makeOneTimeCodes() {
  const codes = new Set<string>();
  return {
    make(): string {
      const code = randomBytes(24).toString('base64url');
      codes.add(code);
      return code;
    },
    /** Whether the code is one of ours that nobody has used; it is used up by that. */
    take: (code: string): boolean => codes.delete(code),
  };
}

export type OneTimeCodes = ReturnType<typeof makeOneTimeCodes>;
