// eslint-disable-next-line no-control-regex
const nul = /\0/g;

/** True for text that Postgres stores: no U+0000, no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** The text with each U+0000 and each lone surrogate replaced by U+FFFD. */
export function toStorable(text: string): string {
  return text.toWellFormed().replace(nul, '\uFFFD');
}
