import type { ConversationPayload } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';

export interface FetchConversationDependencies {
  readonly getConversation: (conversationId: string, signal: AbortSignal) => Promise<ConversationPayload>;
  /** Resolves when the payload is durable and the loader has been rung. */
  readonly land: (payload: ConversationPayload, version: number) => Promise<void>;
}

/** Makes the handler of a detail job: asks for the conversation and lands it as received. Nothing here reads what is in it. */
export function makeFetchConversation({ getConversation, land }: FetchConversationDependencies) {
  return async function fetchConversation(
    { conversationId, version }: JobPayloads['fetch-conversation'],
    { signal }: JobContext,
  ): Promise<void> {
    const payload = await getConversation(conversationId, signal);
    await land(payload, version);
  };
}
