import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { answerHealth, type ServiceContext } from '@voxport/runtime';
import { fastify, type FastifyInstance } from 'fastify';
import { addLoginRoutes } from './auth/login-routes.ts';
import type { OneTimeCodes } from './auth/one-time-codes.ts';
import type { Sessions } from './auth/session.ts';
import { addActionRoutes } from './page/action-routes.ts';
import { plainPage, type AssetNames } from './page/layout.ts';
import { addPageRoutes } from './page/page-routes.ts';
import type { Asset } from './page/read-assets.ts';
import { mountQueues } from './queues/mount-queues.ts';
import type { SourceWebhooks } from './webhooks/start-webhooks.ts';
import { addWebhookRoutes } from './webhooks/webhook-routes.ts';
import { securityHeaders } from './http/headers.ts';
import { requestProblem } from './http/request-problem.ts';
import { makeLoginLimiter } from './auth/login-limiter.ts';
import { makeGuard } from './auth/operator-guard.ts';

export interface ServerOptions {
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly assets: { readonly names: AssetNames; readonly files: ReadonlyMap<string, Asset> };
  readonly publicUrl: string | null;
  /** The address that the server listens on. */
  readonly host: string;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly spoolDirectory: string;
  readonly webhooksOf: (sourceId: string) => SourceWebhooks | null;
  /** The address that others use. */
  readonly address: () => string;
}

/** A recording of the largest size takes its time, and a sender that sends nothing more is let go. */
const requestTimeoutMs = 10 * 60_000;
const silenceTimeoutMs = 60_000;

/** Puts the HTTP server together; it does not listen yet. `close` ends what is under way first. */
export async function makeServer(
  context: ServiceContext,
  options: ServerOptions,
): Promise<{ readonly app: FastifyInstance; close: () => Promise<void> }> {
  const { logger, health } = context;
  const { sessions, publicUrl } = options;
  const assets = options.assets.names;
  const app: FastifyInstance = fastify({
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceTimeoutMs,
    // Whoever may say for whom it asks is named: anybody can send the header.
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    bodyLimit: 1024 * 1024,
    // Ids and names of ours are short.
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
  });
  const limiter = makeLoginLimiter();
  const guard = makeGuard({ sessions, publicUrl, assets, limiter, logger });
  const headers = {
    ...securityHeaders,
    ...(publicUrl?.startsWith('https:') === true ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers);
    const problem = requestProblem(request, { publicUrl, listensOn: options.host });
    if (problem !== null) return reply.code(problem.status).send({ message: problem.message });
  });
  app.setErrorHandler(async (error: { statusCode?: number; message: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      const isKnown = error instanceof TerminalFailure || error instanceof TransientFailure;
      logger.error(
        { path: request.url.split('?', 1)[0], ...(isKnown ? { errorClass: error.code } : { err: error }) },
        'a request failed',
      );
    }
    const text = status >= 500 ? 'Internal error. See the gateway log.' : error.message;
    if ((request.headers.accept ?? '').includes('text/html'))
      return reply
        .code(status)
        .type('text/html; charset=utf-8')
        .send(plainPage(assets, 'Something went wrong', text).html);
    return reply.code(status).send({ message: text });
  });
  app.setNotFoundHandler(async (request, reply) => {
    // Who has no token is not told what there is.
    if ((await guard(request, reply)) === null) return reply;
    return reply
      .code(404)
      .type('text/html; charset=utf-8')
      .send(plainPage(assets, 'Not found', 'There is no such page.').html);
  });

  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send(health.readHealth()));
  for (const path of ['/readyz', '/metrics']) {
    app.get(path, async (request, reply) => {
      if ((await guard(request, reply)) === null) return reply;
      const answer = await answerHealth(health, path);
      return reply
        .code(answer?.status ?? 404)
        .header('cache-control', 'no-store')
        .type(answer?.contentType ?? 'text/plain')
        .send(answer?.body ?? '');
    });
  }
  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const asset = options.assets.files.get(request.params.name);
    if (asset === undefined) return reply.callNotFound();
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type(asset.contentType)
      .send(asset.content);
  });
  app.get('/favicon.svg', async (_request, reply) => reply.redirect(`/assets/${assets.icon}`, 303));

  await app.register(async (scope) =>
    addWebhookRoutes(scope, {
      of: options.webhooksOf,
      logger,
      spoolDirectory: options.spoolDirectory,
      noteOutcome: (sourceId, outcome) => context.metrics.ofSource(sourceId).webhookReceived(outcome),
    }),
  );
  await app.register(async (scope) => addLoginRoutes(scope, { ...options, assets, limiter, logger }));
  const pages = addPageRoutes(app, { context, guard, assets, webhookAddress: () => `${options.address()}/webhooks` });
  await app.register(async (scope) => addActionRoutes(scope, { context, guard, sessions, pages }));
  const queues = await mountQueues(app, context, guard);
  return {
    app,
    async close() {
      await app.close();
      await queues.close();
    },
  };
}
