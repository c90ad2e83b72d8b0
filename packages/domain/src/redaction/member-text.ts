import { nextToken, readString, stringEnd, valueEnd } from './json-tokens.ts';

/**
 * The text of a member's value in a JSON object, as it is spelt there; null when the object has no such key. Where the
 * key occurs twice the last one counts, as for `JSON.parse`. The text must be a valid JSON object.
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

/**
 * The text of a JSON object without the members of some keys; everything else as it is spelt. The text must be a valid
 * JSON object.
 */
export function withoutMembers(text: string, keys: ReadonlySet<string>): string {
  const kept: string[] = [];
  const open = nextToken(text, 0);
  let from = open + 1;
  let at = nextToken(text, from);
  while (text[at] === '"') {
    const keyEnd = stringEnd(text, at);
    const end = valueEnd(text, nextToken(text, keyEnd));
    const comma = /\s*,/y;
    comma.lastIndex = end;
    if (!keys.has(readString(text.slice(at, keyEnd)))) kept.push(text.slice(from, end));
    from = comma.test(text) ? comma.lastIndex : end;
    at = nextToken(text, from);
  }
  return `${text.slice(0, open + 1)}${kept.join(',')}${text.slice(from)}`;
}
