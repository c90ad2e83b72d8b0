import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '@voxport/runtime';
import { readCookie, sessionCookie, sessionCookieHeader } from '../http/cookies.ts';
import { formOf, takeForms } from './form.ts';
import { loginPage, plainPage, type AssetNames } from '../page/layout.ts';
import type { OneTimeCodes } from './one-time-codes.ts';
import type { LoginLimiter } from './login-limiter.ts';
import { crossSiteProblem } from './refuse-cross-site.ts';
import type { Sessions } from './session.ts';

export interface LoginRoutesOptions {
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly assets: AssetNames;
  readonly publicUrl: string | null;
  readonly limiter: LoginLimiter;
  readonly logger: Logger;
}

/** Adds `/login` and `/logout`. */
export async function addLoginRoutes(app: FastifyInstance, options: LoginRoutesOptions): Promise<void> {
  const { sessions, codes, assets, publicUrl, limiter, logger } = options;
  takeForms(app);
  app.addHook('onRequest', async (request, reply) => {
    const problem = crossSiteProblem(
      { method: request.method, host: request.host, headers: request.headers },
      publicUrl,
    );
    if (problem !== null)
      return reply
        .code(403)
        .type('text/html; charset=utf-8')
        .send(plainPage(assets, 'Refused', problem).html);
  });

  app.get<{ Querystring: { next?: string; code?: string } }>('/login', async (request, reply) => {
    const { code, next } = request.query;
    if (typeof code === 'string') {
      if (codes.take(code)) return logIn(reply, '/', isSecure(request.headers));
      return answer(
        reply,
        401,
        'This URL has been used already, is older than an hour, or is of a former start. Use the token, or start again.',
        '/',
      );
    }
    return answer(reply, 200, null, ownPath(next));
  });

  app.post('/login', async (request, reply) => {
    const form = formOf(request);
    const next = ownPath(form.get('next') ?? undefined);
    if (!sessions.isToken((form.get('token') ?? '').trim())) {
      const isBlocked = limiter.isBlocked(request.ip);
      limiter.noteFailure(request.ip);
      if (isBlocked) return answer(reply, 429, 'Too many wrong tokens: wait a minute.', next);
      logger.warn({ address: request.ip }, 'somebody has tried to log in with a wrong token');
      return answer(reply, 401, 'This is not the token.', next);
    }
    logger.info({ address: request.ip }, 'an operator has logged in');
    return logIn(reply, next, isSecure(request.headers));
  });

  app.post('/logout', async (request, reply) => {
    sessions.end(readCookie(request.headers.cookie, sessionCookie));
    return reply.header('set-cookie', sessionCookieHeader('', 0, isSecure(request.headers))).redirect('/login', 303);
  });

  function logIn(reply: FastifyReply, next: string, secure: boolean): FastifyReply {
    return reply
      .header('set-cookie', sessionCookieHeader(sessions.open(), sessions.lifetimeSecs, secure))
      .redirect(next, 303);
  }

  function answer(reply: FastifyReply, status: number, problem: string | null, next: string): FastifyReply {
    return reply.code(status).type('text/html; charset=utf-8').send(loginPage(assets, { problem, next }).html);
  }

  /** Whether the browser speaks TLS, with this process or with the proxy before it. */
  function isSecure(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
    return publicUrl?.startsWith('https:') === true || headers['x-forwarded-proto'] === 'https';
  }
}

/** A path of this server, where to continue after the login; nothing that leads elsewhere. */
function ownPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/u.test(next) ? next : '/';
}
