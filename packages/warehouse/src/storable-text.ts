/**
 * Text that Postgres takes, at most `lengthMax` long: U+0000 and lone surrogates, which a message may quote from a
 * source, become U+FFFD.
 */
export function storableText(text: string, lengthMax = 4000): string {
  return text.slice(0, lengthMax).replaceAll('\u0000', '\uFFFD').toWellFormed();
}
