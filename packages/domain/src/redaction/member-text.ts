import { nextToken, readString, stringEnd, valueEnd } from './json-tokens.ts';

/**
 * The text of a member's value in a JSON object, as it is spelt there; null when the object has no such key. Where the key occurs twice the last one
 * counts, as for `JSON.parse`. The text must be a valid JSON object.
 */
export function memberText(text: string, key: string): string | null {
  let found: string | null = null;
  let at = nextToken(text, nextToken(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = stringEnd(text, at);
    const valueAt = nextToken(text, keyEnd);
    const end = valueEnd(text, valueAt);
    if (readString(text.slice(at, keyEnd)) === key) found = text.slice(valueAt, end);
    at = nextToken(text, end);
  }
  return found;
}
