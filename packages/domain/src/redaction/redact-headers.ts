import { valueEnd } from './json-tokens.ts';
import { hasEscapedLetters } from './normal-key.ts';

/** The end of a key of headers, and what stands before its value. Unescaped quotes end a string, and only a key is followed by a colon. */
const headersKey = /headers"\s*:\s*/gi;
/** Spelt otherwise, only a walk finds it. */
const headersWord = /headers/i;
/** The same inside a text that is JSON itself. */
const embeddedKey = /headers\\/i;

/** Whether the text may hold headers at all: most payloads hold none. */
export function mayHoldHeaders(text: string): boolean {
  return /h[\W_]*e[\W_]*a[\W_]*d[\W_]*e[\W_]*r[\W_]*s/i.test(text) || hasEscapedLetters(text);
}

/**
 * Redacts the headers of valid JSON text where no other rule applies, without a walk through all of it: 25 µs for 23 KB instead of 900.
 * `redactValue` redacts the JSON text of the value of one key of headers. Null when only a walk can tell: headers inside embedded JSON.
 */
export function redactHeaders(text: string, redactValue: (value: string) => string): string | null {
  if (embeddedKey.test(text) || hasEscapedLetters(text) || !headersWord.test(text)) return null;
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
