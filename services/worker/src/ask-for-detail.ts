import type { ConversationPayload } from '@voxport/domain';
import type { FailureJudge } from './judge-failure.ts';

export interface AskForDetailDependencies {
  readonly getConversation: (conversationId: string, signal: AbortSignal) => Promise<ConversationPayload>;
  /** What a failure is once the list has been asked about a 404. */
  readonly confirmMissing: (conversationId: string, error: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly detailEnded: FailureJudge['detailEnded'];
}

/**
 * Makes the request for one detail: a 404 is compared with the list, and the judge of failures learns how the request
 * ended. The function throws the failure that counts.
 */
export function makeAskForDetail({ getConversation, confirmMissing, detailEnded }: AskForDetailDependencies) {
  return async function askForDetail(conversationId: string, signal: AbortSignal): Promise<ConversationPayload> {
    try {
      const payload = await getConversation(conversationId, signal);
      detailEnded(conversationId, null);
      return payload;
    } catch (error) {
      const confirmed = await confirmMissing(conversationId, error, signal);
      detailEnded(conversationId, confirmed);
      throw confirmed;
    }
  };
}
