/*
 * Steps through JSON text that is known to be valid. Text is changed in place, and not parsed and written anew, because
 * only then everything that no rule concerns stays as it came: digits beyond 2^53, `1.0`, the order of keys, keys that
 * occur twice.
 */

const blank = /[\s,:]*/y;
const scalar = /[^\s,:\]}[{"]+/y;

/** The position of the next token from `at` on: blanks, commas and colons are passed over. */
export function nextToken(text: string, at: number): number {
  blank.lastIndex = at;
  blank.test(text);
  return blank.lastIndex;
}

/** The end of the string whose opening quote stands at `start`. */
export function stringEnd(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let slash = quote - 1;
    while (text[slash] === '\\') slash -= 1;
    if ((quote - 1 - slash) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** The end of the number or literal that begins at `start`. */
export function scalarEnd(text: string, start: number): number {
  scalar.lastIndex = start;
  return scalar.test(text) ? scalar.lastIndex : start + 1;
}

/** The end of the value, of whatever kind, that begins at `start`. */
export function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === '{' || char === '[') {
      depth += 1;
      at += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      at += 1;
    } else at = scalarEnd(text, at);
    if (depth <= 0) return at;
    at = nextToken(text, at);
  }
  return text.length;
}

/** The text that a string token spells. */
export function readString(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}
