import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** An operator who is logged in. */
export interface Session {
  /** What a form of this session's pages carries, and a page of another site cannot know. */
  readonly csrfToken: string;
}

/**
 * Opens and reads sessions. Only those that were ended are stored, in this process: a session is a signed cookie, so
 * every gateway of a fleet takes it, and a restart ends none.
 */
export interface Sessions {
  /** Whether this is the operators' token; compared in constant time. */
  readonly isToken: (token: string) => boolean;
  /** A cookie's value for an operator who has just shown the token. */
  readonly open: () => string;
  /** The session of a cookie's value; null when it is not ours, or too old. */
  readonly read: (cookie: string | undefined) => Session | null;
  /** Ends the session of a cookie's value before its time: whoever has a copy of the cookie is logged out too. */
  readonly end: (cookie: string | undefined) => void;
  readonly isCsrfToken: (session: Session, token: unknown) => boolean;
  readonly lifetimeSecs: number;
}

const lifetimeSecs = 12 * 3600;

/** Makes the sessions of a token. Another token, and so every session of the former one is over. */
export function makeSessions(token: string, now: () => number = Date.now): Sessions {
  const key = Buffer.from(hkdfSync('sha256', token, 'voxport', 'operator session', 32));
  const sign = (purpose: string, text: string): string =>
    createHmac('sha256', key).update(`${purpose}\n${text}`).digest('base64url');

  const ended = new Map<string, number>();

  return {
    lifetimeSecs,
    isToken: (given) => isSame(given, token),
    open() {
      const text = `${Math.floor(now() / 1000) + lifetimeSecs}.${randomBytes(16).toString('base64url')}`;
      return `${text}.${sign('session', text)}`;
    },
    read(cookie) {
      const [, text, signature] = /^(\d{1,12}\.[\w-]{1,64})\.([\w-]{1,64})$/u.exec(cookie ?? '') ?? [];
      if (text === undefined || signature === undefined || !isSame(signature, sign('session', text))) return null;
      if (ended.has(text)) return null;
      return Number(text.split('.', 1)[0]) * 1000 > now() ? { csrfToken: sign('csrf', text) } : null;
    },
    end(cookie) {
      for (const [text, endMs] of ended) if (endMs <= now()) ended.delete(text);
      if (this.read(cookie) === null) return;
      const text = (cookie ?? '').split('.', 2).join('.');
      ended.set(text, Number(text.split('.', 1)[0]) * 1000);
    },
    isCsrfToken: ({ csrfToken }, given) => typeof given === 'string' && isSame(given, csrfToken),
  };
}

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
