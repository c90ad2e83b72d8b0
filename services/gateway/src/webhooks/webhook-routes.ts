import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { makeVerifier, readSignature, signatureAgeSecs, skewSecs, toleranceSecs } from './signature.ts';
import { BodyTooLargeError, makeSpoolBound, SpoolFullError, spoolBody } from './spool-body.ts';
import type { SourceWebhooks } from './start-webhooks.ts';

export interface WebhookRoutesOptions {
  readonly of: (sourceId: string) => SourceWebhooks | null;
  readonly logger: Logger;
  readonly spoolDirectory: string;
  readonly noteOutcome: (sourceId: string, outcome: string) => void;
  readonly now?: () => number;
}

/** Bodies that come in at once: anybody may send one, and only at its end is it known whether it is signed. */
const bodiesMax = 64;
/** Of one address: the vendor sends from several, and whoever sends slowly from one takes no more than a part. */
const bodiesOfAddressMax = 16;
/** A body that comes slower than this is given up: it would hold its place for minutes. */
const bytesPerCheckMin = 16 * 1024;
const checkMs = 10_000;

/** Ends a request whose body comes in too slowly. */
function refuseTrickle(request: FastifyRequest): { note: (bytes: number) => void; end: () => void } {
  let bytes = 0;
  const timer = setInterval(() => {
    if (bytes < bytesPerCheckMin && !request.raw.complete) request.raw.destroy();
    bytes = 0;
  }, checkMs);
  timer.unref();
  return { note: (count) => void (bytes += count), end: () => clearInterval(timer) };
}

/** Adds `POST /webhooks/<source>`. Guarded by the signature, not by the operators' token. */
export async function addWebhookRoutes(app: FastifyInstance, options: WebhookRoutesOptions): Promise<void> {
  const { of, logger, noteOutcome, now = Date.now } = options;
  let bodies = 0;
  const byAddress = new Map<string, number>();
  const spool = makeSpoolBound(options.spoolDirectory);
  app.removeAllContentTypeParsers();
  // The bytes themselves are signed: nobody may read them first.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  for (const path of ['/webhooks/:source', '/webhooks/:source/'])
    app.post<{ Params: { source: string } }>(path, async (request, reply) => {
      const sourceId = request.params.source;
      const webhooks = of(sourceId);
      const header = readSignature(request.headers['elevenlabs-signature']);
      if (header === null) return refuse('no_signature', 401, 'The header ElevenLabs-Signature (t=…,v0=…) is missing.');
      const ageSecs = signatureAgeSecs(header, now());
      if (ageSecs > toleranceSecs) return refuse('old_signature', 401, 'The signature is too old.');
      if (ageSecs < -skewSecs) return refuse('future_signature', 401, 'The signature is of a time to come.');
      // The very answer that a wrong signature has: which sources there are is nobody's to find out.
      if (webhooks === null) return refuse('unknown_source', 401, 'The signature is not that of this source.');
      if (Number(request.headers['content-length'] ?? 0) > webhooks.bytesMax)
        return refuse('too_large', 413, 'The body is too large.');
      const ofAddress = byAddress.get(request.ip) ?? 0;
      if (bodies >= bodiesMax || ofAddress >= bodiesOfAddressMax)
        return refuse('busy', 429, 'Too many webhooks at once: send it again.');

      bodies += 1;
      byAddress.set(request.ip, ofAddress + 1);
      const watch = refuseTrickle(request);
      try {
        const verifier = makeVerifier(header, webhooks.secrets);
        await using body = await spoolBody(bodyOf(request), {
          bytesMax: webhooks.bytesMax,
          keptBytesMax: webhooks.keptBytesMax,
          onChunk: (chunk) => {
            watch.note(chunk.length);
            verifier.update(chunk);
          },
          spool,
        });
        if (!verifier.isValid()) return refuse('bad_signature', 401, 'The signature is not that of this source.');
        const { status, outcome } = await webhooks.take(body, ageSecs);
        noteOutcome(sourceId, outcome);
        return answer(reply, status, outcome);
      } catch (error) {
        if (error instanceof SpoolFullError)
          return refuse('busy', 429, 'Too many large webhooks at once: send it again.');
        if (error instanceof BodyTooLargeError) return refuse('too_large', 413, 'The body is too large.');
        if (request.raw.destroyed && !request.raw.complete) return reply.hijack();
        // Nothing is durable: 5xx has the vendor send it again, where that is switched on, and the next sync finds the
        // conversation.
        const isKnown = error instanceof TerminalFailure || error instanceof TransientFailure;
        logger.error(
          { sourceId, ...(isKnown ? { errorClass: error.code } : { err: error }) },
          'a webhook could not be stored',
        );
        noteOutcome(sourceId, 'not_stored');
        return answer(reply, 503, 'It could not be stored: send it again.');
      } finally {
        watch.end();
        bodies -= 1;
        const left = (byAddress.get(request.ip) ?? 1) - 1;
        if (left === 0) byAddress.delete(request.ip);
        else byAddress.set(request.ip, left);
      }

      function refuse(outcome: string, status: number, message: string) {
        // A name that somebody has made up is no label of a metric.
        if (webhooks !== null) noteOutcome(sourceId, outcome);
        logger.warn(
          { ...(webhooks === null ? {} : { sourceId }), outcome, address: request.ip },
          `a webhook is refused: ${message}`,
        );
        // What is left of a body that nobody reads must not keep the connection.
        if (!request.raw.complete) void reply.header('connection', 'close');
        return answer(reply, status, message);
      }
    });
}

function bodyOf(request: FastifyRequest): AsyncIterable<Buffer> {
  return (request.body as AsyncIterable<Buffer> | undefined) ?? (request.raw as AsyncIterable<Buffer>);
}

function answer(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message });
}
