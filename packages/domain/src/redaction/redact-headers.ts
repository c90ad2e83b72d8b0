import { headersSpelling } from './headers-key.ts';
import { stringEnd, valueEnd } from './json-tokens.ts';
import { hasEscapedLetters } from './normal-key.ts';
import { placeholder } from './rules.ts';

/**
 * The end of a key of headers as everybody spells it, and what stands before its value. Unescaped quotes end a string,
 * and only a key is followed by a colon.
 */
const headersKey = /headers"\s*:\s*/gi;
/** The word in any spelling, with what follows it up to the next letter or digit, or the quote that ends its string. */
const headersWord = new RegExp(String.raw`(${headersSpelling})((?:(?!")[\W_])*"?)`, 'giu');

/** Whether every key of headers in a JSON text is spelt as everybody does, and none stands in a text that is JSON. */
function isPlainlySpelt(text: string): boolean {
  for (const [, word = '', tail = ''] of text.matchAll(headersWord)) {
    // In a sentence the word is followed by anything; where a quote follows, its string may be a key.
    if (tail.includes('\\') || (tail.endsWith('"') && tail !== '"') || word.toLowerCase() !== 'headers') return false;
  }
  return true;
}

/**
 * Redacts the headers of valid JSON text where no other rule applies, without a walk through all of it: 25 µs for 23 KB
 * instead of 900. `redactValue` redacts the JSON text of the value of one key of headers. Null when only a walk can
 * tell: headers inside embedded JSON, or spelt in another way.
 */
export function redactHeaders(text: string, redactValue: (value: string) => string): string | null {
  if (hasEscapedLetters(text) || !isPlainlySpelt(text)) return null;
  const parts: string[] = [];
  let copied = 0;
  headersKey.lastIndex = 0;
  while (headersKey.test(text)) {
    const from = headersKey.lastIndex;
    const to = valueEnd(text, from);
    headersKey.lastIndex = to;
    const value = text.slice(from, to);
    const redacted = redactValue(value);
    if (redacted === value) continue;
    parts.push(text.slice(copied, from), redacted);
    copied = to;
  }
  if (copied === 0) return text;
  parts.push(text.slice(copied));
  return parts.join('');
}

/** The end of a key of headers in what is no JSON: its letters and its quote may be escaped, once or more often. */
const brokenKey = new RegExp(String.raw`${headersSpelling}[\W_]*?\\*"\s*:\s*`, 'giu');

/**
 * Redacts headers in a text that is no JSON: what stands behind a key of headers is replaced as a whole, up to the end
 * of the text where its own end cannot be told. Where keys are spelt by escapes nobody knows which they are, and
 * everything from the first one on is replaced.
 */
export function redactHeadersOfBroken(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  brokenKey.lastIndex = 0;
  for (let match = brokenKey.exec(text); match !== null; match = brokenKey.exec(text)) {
    const from = brokenKey.lastIndex;
    if (from < copied) continue;
    parts.push(text.slice(copied, from), JSON.stringify(placeholder));
    copied = brokenEnd(text, from, match[0].includes('\\'));
    brokenKey.lastIndex = copied;
  }
  parts.push(text.slice(copied));
  const redacted = parts.join('');
  const escaped = hasEscapedLetters(redacted) ? redacted.search(/\\+u00/iu) : -1;
  return escaped === -1 ? redacted : `${redacted.slice(0, escaped)}${placeholder}`;
}

function brokenEnd(text: string, from: number, isEscaped: boolean): number {
  // Inside of a text: behind its closing quote nothing is the header's any more.
  if (isEscaped) {
    const end = stringEnd(text, from - 1);
    return text[end - 1] === '"' && end > from ? end - 1 : text.length;
  }
  const to = text[from] === '"' ? stringEnd(text, from) : valueEnd(text, from);
  try {
    JSON.parse(text.slice(from, to));
    return to;
  } catch {
    return text.length;
  }
}
