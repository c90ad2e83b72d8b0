import { hasEscapedLetters, normalKey } from './normal-key.ts';

/**
 * What a key of headers ends in, as a regular expression: every spelling that `normalKey` makes one of. Their values
 * are secrets (a webhook's `Authorization`, a tool's API key), so they are redacted without any rule, and which keys
 * they are is decided here and nowhere else.
 */
export const headersSpelling = String.raw`h[\W_]*e[\W_]*a[\W_]*d[\W_]*e[\W_]*r[\W_]*s`;

const anySpelling = new RegExp(headersSpelling, 'iu');

/** Whether the values below a key are those of headers: `headers`, `request_headers`, `toolHeaders`, `HEAD-ERS`. */
export function isHeadersKey(key: string): boolean {
  return /s[^\p{L}\p{N}]*$/iu.test(key) && normalKey(key).endsWith('headers');
}

/** Whether a member of one header is its name, which is kept: in a list of headers each is an object of two. */
export function isHeaderName(key: string): boolean {
  return key === 'name' || key === 'key';
}

/** Whether JSON text may have a key of headers at all: most payloads have none. */
export function mayHoldHeaders(text: string): boolean {
  return anySpelling.test(text) || hasEscapedLetters(text);
}
