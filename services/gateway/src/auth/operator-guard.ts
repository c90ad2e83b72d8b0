import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@voxport/runtime';
import type { LoginLimiter } from './login-limiter.ts';
import type { Session, Sessions } from './session.ts';
import { crossSiteProblem } from './refuse-cross-site.ts';
import { plainPage, type AssetNames } from '../page/layout.ts';
import { readCookie, sessionCookie } from '../http/cookies.ts';

/** Lets a request through, or answers it: null when it was answered. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<Session | null>;

export interface GuardOptions {
  readonly sessions: Sessions;
  readonly publicUrl: string | null;
  readonly assets: AssetNames;
  readonly limiter: LoginLimiter;
  readonly logger: Logger;
}

/**
 * Makes the guard of everything that operators see and do: no request of another site, and none without the token or a
 * session.
 */
export function makeGuard({ sessions, publicUrl, assets, limiter, logger }: GuardOptions): Guard {
  return async function guard(request, reply) {
    const { method, headers } = request;
    const bearer = /^Bearer (.+)$/iu.exec(headers.authorization ?? '')?.[1];
    // A script's request: no browser sends this header by itself, so no page of another site can have it sent either.
    if (bearer !== undefined && sessions.isToken(bearer)) return { csrfToken: '' };
    if (bearer !== undefined) {
      const isBlocked = limiter.isBlocked(request.ip);
      limiter.noteFailure(request.ip);
      logger.warn({ address: request.ip }, 'a request with a wrong operator token is refused');
      if (isBlocked) {
        await reply.code(429).send({ message: 'Too many wrong tokens: wait a minute.' });
        return null;
      }
    }
    const problem = crossSiteProblem({ method, host: request.host, headers }, publicUrl);
    if (problem !== null) {
      await reply
        .code(403)
        .type('text/html; charset=utf-8')
        .send(plainPage(assets, 'Refused', problem).html);
      return null;
    }
    const session = sessions.read(readCookie(headers.cookie, sessionCookie));
    if (session !== null) return session;
    await refuse(request, reply);
    return null;
  };

  async function refuse(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage) {
      await reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ message: 'The operator token is missing, or wrong.' });
      return;
    }
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      // The cookie does not come along with a link from elsewhere. Asked for once more from this page, it does.
      const again = `<!doctype html><meta http-equiv="refresh" content="0"><title>Voxport</title>`;
      await reply.code(200).type('text/html; charset=utf-8').send(again);
      return;
    }
    await reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303);
  }
}
