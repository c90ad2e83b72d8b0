import { isIP } from 'node:net';

/** What is looked at before any route: an address that no route can have, and a name that is not this server's. */
export interface AskedFor {
  readonly url: string;
  readonly hostname: string;
}

/**
 * Why a request is answered before anything reads it; null where it is not.
 * - A NUL in the address: Postgres has no text that holds one, so that nothing can be found by it.
 * - Another name than ours: a page of somebody's domain that resolves to this address would have its scripts talk to us
 *   as its own server. Names without a dot and addresses are nobody's domain; they are how proxies and health checks
 *   ask.
 */
export function requestProblem(
  { url, hostname }: AskedFor,
  settings: { readonly publicUrl: string | null; readonly listensOn: string },
): { status: number; message: string } | null {
  if (/%00/u.test(url)) return { status: 400, message: 'The address holds a character (NUL) that no value has.' };
  const { publicUrl, listensOn } = settings;
  const isLocal = listensOn === 'localhost' || listensOn === '::1' || listensOn.startsWith('127.');
  if (publicUrl === null && !isLocal) return null;
  const name = hostname.toLowerCase().replace(/^\[|\]$/gu, '');
  const isOwn = publicUrl !== null && name === new URL(publicUrl).hostname.replace(/^\[|\]$/gu, '');
  if (isOwn || isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return null;
  return {
    status: 421,
    message:
      'This server has another name: ask it by the address that VOXPORT_PUBLIC_URL says, or set VOXPORT_PUBLIC_URL to this one.',
  };
}
