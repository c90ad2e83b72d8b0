import { TerminalFailure, type Dialect } from '@voxport/domain';
import type { Request } from '../request/request.ts';
import { conversationPath } from './conversation-path.ts';
import type { DialectAdapter } from './dialect-adapter.ts';

/**
 * Makes the function that deletes one conversation at the source: `deleted`, or `not_found` when it was gone already.
 * Throws what `request` throws, and `invalid_request` for a dialect that documents no deletion: nothing is sent then.
 */
export function makeDeleteConversation(parts: {
  request: Request;
  words: DialectAdapter;
  dialect: Dialect;
  basePath: string;
  sourceId: string;
}) {
  const { request, words, dialect, basePath, sourceId } = parts;

  return async function deleteConversation(
    conversationId: string,
    signal: AbortSignal,
  ): Promise<'deleted' | 'not_found'> {
    if (!words.canDelete) {
      throw new TerminalFailure(
        'invalid_request',
        `Source "${sourceId}": the dialect ${dialect} has no deletion. Delete the conversations where the proxy keeps them, by its own means.`,
      );
    }
    const subject = `the deletion of conversation ${conversationId}`;
    try {
      await request(
        conversationPath(basePath, words, conversationId),
        { endpoint: 'delete', subject, hasCursor: false },
        signal,
      );
      return 'deleted';
    } catch (error) {
      if (error instanceof TerminalFailure && error.code === 'not_found') return 'not_found';
      throw error;
    }
  };
}
