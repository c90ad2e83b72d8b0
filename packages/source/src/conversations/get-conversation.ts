import { type ConversationPayload, TransientFailure } from '@voxport/domain';
import { parseJson, withoutByteOrderMark } from '../request/parse-json.ts';
import type { Request } from '../request/request.ts';
import { conversationPath } from './conversation-path.ts';
import type { DialectAdapter } from './dialect-adapter.ts';

/**
 * Makes the function that asks for one conversation's detail. The body must be JSON text; what it says is the loader's
 * to judge. Throws what `request` throws, and `malformed_response` for HTML or a body that was cut.
 */
export function makeGetConversation(parts: {
  request: Request;
  words: DialectAdapter;
  basePath: string;
  sourceId: string;
}) {
  const { request, words, basePath, sourceId } = parts;

  return async function getConversation(conversationId: string, signal: AbortSignal): Promise<ConversationPayload> {
    const path = conversationPath(basePath, words, conversationId);
    const subject = `conversation ${conversationId}`;
    const { body, receivedAtMs, failWith } = await request(
      path,
      { endpoint: 'detail', subject, hasCursor: false },
      signal,
    );
    const text = withoutByteOrderMark(body);

    let json: unknown;
    try {
      json = parseJson(text);
    } catch {
      throw new TransientFailure(
        'malformed_response',
        `Source "${sourceId}": asked for ${subject}, but the answer is no JSON text (${text.byteLength} bytes).`,
        { status: 200, body },
      );
    }
    const embedded = words.readEmbeddedError(json);
    if (embedded !== null) throw failWith(embedded.status, embedded.error);
    return {
      conversationId,
      body: text,
      receivedAtMs,
      missing: words.findMissing(json),
      turnCount: words.countTurns(json),
    };
  };
}
