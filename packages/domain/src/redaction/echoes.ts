import { nextToken, readString, scalarEnd, stringEnd } from './json-tokens.ts';
import { placeholder } from './rules.ts';

/** An identifier that was redacted in its own field. */
export interface Identifier {
  /** What stands there now; null where the field became null. */
  readonly by: string | null;
  /**
   * It is a telephone number: the same digits as a JSON number are it too. Other ids may equal a time or a count by
   * chance.
   */
  readonly isPhone: boolean;
}
export type Identifiers = ReadonlyMap<string, Identifier>;

const lengthMin = 6;
const phoneText = /^\+?\d[\d\s().-]{5,}$/u;

/** The digits of a text that is a telephone number by its looks; null for any other text. */
export function phoneDigits(text: string): string | null {
  if (!phoneText.test(text)) return null;
  // `00` in front is the plus of those who dial it.
  return text.replaceAll(/\D/gu, '').replace(/^00/u, '');
}

/**
 * Whether a value is so distinctive that the same text elsewhere means the same person: a number, an address, an id
 * with digits in it.
 */
export function isDistinctive(value: string): boolean {
  return value.length >= lengthMin && /[\d@]/u.test(value);
}

/**
 * Replaces identifiers where they are repeated inside other texts: a caller who says the number, a tool that is given
 * the user's id, the same number without its plus or divided by blanks. Words that only contain one are left. Works on
 * valid JSON text; what does not contain any comes back as it is.
 */
export function redactEchoes(text: string, identifiers: Identifiers, conversationId: string | null): string {
  const searches = [...identifiers].map(([value, { by, isPhone }]) => ({
    pattern: patternOf(value),
    by: by ?? placeholder,
    digits: isPhone ? phoneDigits(value) : null,
  }));
  return searches.length === 0 ? text : redactWith(text, searches, conversationId);
}

function redactWith(text: string, searches: readonly Search[], conversationId: string | null): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = nextToken(text, 0); at < text.length; at = nextToken(text, at)) {
    const start = at;
    const char = text[at]!;
    if ('{}[]'.includes(char)) {
      at += 1;
      continue;
    }
    at = char === '"' ? stringEnd(text, at) : scalarEnd(text, at);
    const token = text.slice(start, at);
    const by = char === '"' ? inString(token, searches, conversationId) : inNumber(token, searches);
    if (by === token) continue;
    parts.push(text.slice(copied, start), by);
    copied = at;
  }
  if (parts.length === 0) return text;
  parts.push(text.slice(copied));
  return parts.join('');
}

interface Search {
  readonly pattern: RegExp;
  readonly by: string;
  readonly digits: string | null;
}

function inString(token: string, searches: readonly Search[], conversationId: string | null): string {
  if (token.length < lengthMin + 2) return token;
  const value = readString(token);
  if (value === conversationId) return token;
  if (!searches.some(({ pattern }) => value.search(pattern) !== -1)) return token;
  if (isJson(value)) return JSON.stringify(redactWith(value, searches, conversationId));
  let redacted = value;
  for (const { pattern, by } of searches) redacted = redacted.replaceAll(pattern, () => by);
  return redacted === value ? token : JSON.stringify(redacted);
}

function inNumber(token: string, searches: readonly Search[]): string {
  return searches.some(({ digits }) => digits === token) ? 'null' : token;
}

function patternOf(value: string): RegExp {
  const digits = phoneDigits(value);
  return digits === null
    ? new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(value)}(?![\\p{L}\\p{N}_])`, 'gu')
    : new RegExp(`(?<!\\d)(?:\\+|00)?${digits.split('').join('[\\s().-]*')}(?!\\d)`, 'gu');
}

function escaped(text: string): string {
  return text.replaceAll(/[\^$\\.*+?()[\]{}|/]/gu, '\\$&');
}

/** A list or an object as JSON text: a number in it must not become half a text. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/u.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
