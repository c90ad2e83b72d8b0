/**
 * Text as a terminal may be given it: what a source sent (a call's summary, an error's words) could move the cursor,
 * rename the window or press keys. Every control character but line feed and tab is shown as its escape, and so are the
 * marks that turn the direction of writing round.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu, (char) =>
    char.codePointAt(0)! < 256
      ? `\\x${char.codePointAt(0)!.toString(16).padStart(2, '0')}`
      : `\\u${char.codePointAt(0)!.toString(16)}`,
  );
}
