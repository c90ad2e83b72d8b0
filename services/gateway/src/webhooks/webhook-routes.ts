import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { makeVerifier, readSignature, signatureAgeSecs, toleranceSecs } from './signature.ts';
import { BodyTooLargeError, spoolBody } from './spool-body.ts';
import type { SourceWebhooks } from './start-webhooks.ts';

export interface WebhookRoutesOptions {
  readonly of: (sourceId: string) => SourceWebhooks | null;
  readonly logger: Logger;
  readonly noteOutcome: (sourceId: string, outcome: string) => void;
  readonly now?: () => number;
}

/** Bodies that come in at once: anybody may send one, and only at its end is it known whether it is signed. */
const bodiesMax = 64;

/** Adds `POST /webhooks/<source>`. Guarded by the signature, not by the operators' token. */
export async function addWebhookRoutes(app: FastifyInstance, options: WebhookRoutesOptions): Promise<void> {
  const { of, logger, noteOutcome, now = Date.now } = options;
  let bodies = 0;
  app.removeAllContentTypeParsers();
  // The bytes themselves are signed: nobody may read them first.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.post<{ Params: { source: string } }>('/webhooks/:source', async (request, reply) => {
    const sourceId = request.params.source;
    const webhooks = of(sourceId);
    if (webhooks === null) {
      return answer(reply, 404, `There is no source of this name with a webhook secret.`);
    }
    const header = readSignature(request.headers['elevenlabs-signature']);
    if (header === null) return refuse('no_signature', 401, 'The header ElevenLabs-Signature (t=…,v0=…) is missing.');
    const ageSecs = signatureAgeSecs(header, now());
    if (Math.abs(ageSecs) > toleranceSecs) return refuse('old_signature', 401, 'The signature is too old.');
    if (Number(request.headers['content-length'] ?? 0) > webhooks.bytesMax)
      return refuse('too_large', 413, 'The body is too large.');
    if (bodies >= bodiesMax) return refuse('busy', 429, 'Too many webhooks at once: send it again.');

    bodies += 1;
    try {
      const verifier = makeVerifier(header, webhooks.secrets);
      await using body = await spoolBody(bodyOf(request), {
        bytesMax: webhooks.bytesMax,
        keptBytesMax: webhooks.keptBytesMax,
        onChunk: (chunk) => verifier.update(chunk),
      });
      if (!verifier.isValid()) return refuse('bad_signature', 401, 'The signature is not that of this source.');
      const { status, outcome } = await webhooks.take(body, ageSecs);
      noteOutcome(sourceId, outcome);
      return answer(reply, status, outcome);
    } catch (error) {
      if (error instanceof BodyTooLargeError) return refuse('too_large', 413, 'The body is too large.');
      if (request.raw.destroyed && !request.raw.complete) return reply.hijack();
      // Nothing is durable: 5xx has the vendor send it again, where that is switched on, and the next sync finds the conversation.
      const isKnown = error instanceof TerminalFailure || error instanceof TransientFailure;
      logger.error({ sourceId, ...(isKnown ? { code: error.code } : { err: error }) }, 'a webhook could not be stored');
      noteOutcome(sourceId, 'not_stored');
      return answer(reply, 503, 'It could not be stored: send it again.');
    } finally {
      bodies -= 1;
    }

    function refuse(outcome: string, status: number, message: string) {
      noteOutcome(sourceId, outcome);
      logger.warn({ sourceId, outcome, address: request.ip }, `a webhook is refused: ${message}`);
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
