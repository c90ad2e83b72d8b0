/** The session's cookie. */
export const sessionCookie = 'voxport_session';

/** The value of a cookie; undefined when the request has none of that name. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}

/** A `Set-Cookie` that no script reads and no other site's request carries. `maxAgeSecs` 0 removes it. */
export function sessionCookieHeader(value: string, maxAgeSecs: number, isSecure: boolean): string {
  return `${sessionCookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSecs}${isSecure ? '; Secure' : ''}`;
}
