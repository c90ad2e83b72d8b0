import type { IncomingHttpHeaders } from 'node:http';

/** One response header's value, blanks trimmed; the first where a server sends it twice; null when missing or empty. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  const first = (Array.isArray(value) ? value[0] : value)?.trim();
  return first === undefined || first === '' ? null : first;
}
