import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mix } from '../random.ts';
import type { World } from '../model/world.ts';
import { htmlAnswer, jsonAnswer, makeComplain, problems, type Answer, type Complain } from './answer.ts';
import { retryAfterText, type FaultAction, type FaultScript, type RetryAfter } from './faults.ts';
import { handle } from './handle.ts';
import type { Limiter } from './limiter.ts';
import type { Memory } from './remember.ts';
import { routeOf, type Route } from './route.ts';
import { send } from './send.ts';
import type { Settings } from './settings.ts';
import type { StatsKeeper } from './stats.ts';

/** The parts that the server puts together. */
export interface ServerParts {
  readonly world: World;
  readonly settings: Settings;
  readonly limiter: Limiter;
  readonly stats: StatsKeeper;
  readonly memory: Memory;
  readonly faults: () => FaultScript;
  readonly cursorSerial: () => number;
  readonly cursorsValidFrom: () => number;
  readonly expireCursors: () => void;
  readonly indexOf: (conversationId: string) => number | null;
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

/** The problem with a request's key, or null. */
function keyProblem(route: Route, request: IncomingMessage, apiKey: string | null) {
  if (apiKey === null) return null;
  const header = route.dialect === 'voiceable' ? request.headers['x-api-key'] : request.headers['xi-api-key'];
  if (header === undefined || header === '')
    return route.dialect === 'voiceable' ? problems.missingKeyVoiceable : problems.missingKey;
  return header === apiKey ? null : problems.invalidKey;
}

function faultAnswer(action: FaultAction, complain: Complain, nowMs: number): Answer | null {
  const retry = (retryAfter: RetryAfter | undefined) =>
    retryAfter === undefined ? undefined : { 'retry-after': retryAfterText(retryAfter, nowMs) };
  switch (action.do) {
    case 'status': {
      const { body = '', headers } = action;
      const text = typeof body === 'string';
      const contentType = action.contentType ?? (text ? 'text/plain; charset=utf-8' : 'application/json');
      return {
        status: action.status,
        contentType,
        body: text ? body : JSON.stringify(body),
        ...(headers === undefined ? undefined : { headers }),
      };
    }
    case 'html':
      return htmlAnswer(action.status);
    case 'concurrent_limit':
      return complain(problems.concurrentLimit, retry(action.retryAfter));
    case 'rate_limit':
      return complain(
        action.code === 'system_busy' ? problems.systemBusy : problems.rateLimit,
        retry(action.retryAfter),
      );
    case 'unauthorized':
      return complain(problems.invalidKey);
    case 'forbidden':
      return complain(problems.missingPermission);
    case 'not_found':
      return complain(problems.conversationNotFound);
    case 'upstream_error':
      return complain(problems.badGateway);
    case 'invalid_json':
      return { status: 200, contentType: 'application/json', body: '{"conversations": [{"conversation_id": "conv_' };
    case 'expire_cursor':
      return complain(problems.invalidCursor);
    case 'delay':
    case 'reset':
    case 'truncate':
    case 'swallow':
      return null;
  }
}

/** Makes the HTTP server; it does not listen yet. */
export function makeServer(parts: ServerParts): Server {
  const { world, settings, limiter, stats } = parts;
  let requestNumber = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requestNumber += 1;
    const requestId = `req_${mix(settings.seed, requestNumber).toString(16).padStart(8, '0')}${requestNumber.toString(16)}`;
    const route = routeOf(request.method ?? 'GET', request.url ?? '/', settings.voiceablePrefix);
    const dialect = route?.dialect ?? 'elevenlabs';
    const complain = makeComplain(dialect, requestId, settings.errorForm);
    const finish = (answer: Answer, share?: number, outcome = String(answer.status)) => {
      const bytes = send(request, response, answer, settings.gzipLevel, requestId, share);
      stats.answered(route?.endpoint ?? 'unknown', outcome, bytes);
    };
    if (route === null) return finish(complain(problems.noSuchPath));

    const refusal = limiter.enter();
    if (refusal !== null) {
      stats.refused(refusal);
      return finish(complain(refusal === 'concurrent_limit' ? problems.concurrentLimit : problems.rateLimit));
    }
    response.once('close', () => limiter.leave());
    const badKey = keyProblem(route, request, settings.apiKey);
    if (badKey !== null) return finish(complain(badKey));
    if (route.endpoint === 'detail' && route.conversationId !== null && settings.countsDetailRequests)
      stats.askedForDetail(route.conversationId);

    const hasCursor = route.endpoint === 'list' && /(?:^|&)cursor=[^&]/.test(route.query);
    let action = parts.faults().next({
      endpoint: route.endpoint,
      dialect,
      conversationId: route.conversationId,
      entity: route.steps[0] ?? null,
      hasCursor,
    });
    if (action?.do === 'expire_cursor') {
      parts.expireCursors();
      if (!hasCursor) action = null;
    }
    if (action?.do === 'swallow') return stats.answered(route.endpoint, 'swallowed', 0);
    if (action?.do === 'reset') {
      stats.answered(route.endpoint, 'reset', 0);
      request.socket.resetAndDestroy();
      return;
    }
    const waitMs = limiter.latencyMs() + (action?.do === 'delay' ? action.ms : 0);
    if (waitMs > 0) {
      // A timer that a shutdown need not wait for: closing the server destroys the connection.
      await new Promise((resolve) => void setTimeout(resolve, waitMs).unref());
      if (response.destroyed) return stats.answered(route.endpoint, 'aborted', 0);
    }
    const faulty = action === null ? null : faultAnswer(action, complain, world.nowMs());
    if (faulty !== null) return finish(faulty);
    const answer =
      parts.memory.recall(route) ??
      (await handle(
        {
          world,
          settings,
          requestId,
          complain,
          indexOf: parts.indexOf,
          readBody: () => readBody(request),
          listSettings: () => ({
            timeBounds: settings.timeBounds,
            cursorSerial: parts.cursorSerial,
            cursorsValidFrom: parts.cursorsValidFrom(),
            cursorLifetimeMs: settings.cursorLifetimeMs,
          }),
        },
        route,
      ));
    parts.memory.keep(route, answer);
    if (action?.do === 'truncate') return finish(answer, action.share ?? 0.5, 'truncated');
    return finish(answer);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A bug of the simulator: loud, and in a form that no client takes for the API's.
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (!response.headersSent) send(request, response, jsonAnswer(500, { simulator_bug: message }), null, 'bug');
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}
