import { TransientFailure, type ConversationPayload } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';

export interface FetchConversationDependencies {
  /** Rejects without a request where the detail is not wanted at present. */
  readonly getConversation: (
    job: JobPayloads['fetch-conversation'],
    signal: AbortSignal,
  ) => Promise<ConversationPayload>;
  /** Resolves when the payload is durable and the loader has been woken. */
  readonly land: (payload: ConversationPayload, generation: number) => Promise<void>;
}

/**
 * Makes the handler of a detail job: asks for the conversation and lands it as received.
 * Throws a TransientFailure (`incomplete_payload`) for an answer that lacks what every conversation has.
 */
export function makeFetchConversation({ getConversation, land }: FetchConversationDependencies) {
  return async function fetchConversation(
    job: JobPayloads['fetch-conversation'],
    { signal }: JobContext,
  ): Promise<void> {
    const payload = await getConversation(job, signal);
    if (typeof payload.missing === 'string') {
      throw new TransientFailure(
        'incomplete_payload',
        `The answer for conversation ${job.conversationId} has ${payload.missing}. It is not loaded over what is known, and asked for again.`,
        { status: 200, body: payload.body },
      );
    }
    await land(payload, job.generation);
  };
}
