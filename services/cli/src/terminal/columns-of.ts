/** Narrower than this no table can be read; wider than the other no sentence. */
const narrowest = 40;
const widest = 120;
const withoutTerminal = 80;

/** The width that text for a stream is set to, in characters: the terminal's within bounds, 80 where there is none. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return columns === undefined || columns === 0 ? withoutTerminal : Math.min(widest, Math.max(narrowest, columns));
}
