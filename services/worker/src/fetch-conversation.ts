import type { ConversationPayload } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';

export interface FetchConversationDependencies {
  /** Rejects without a request where the detail is not wanted at present. */
  readonly getConversation: (
    job: JobPayloads['fetch-conversation'],
    signal: AbortSignal,
  ) => Promise<ConversationPayload>;
  /** Resolves when the payload is durable and the loader has been woken. */
  readonly land: (payload: ConversationPayload, version: number) => Promise<void>;
}

/** Makes the handler of a detail job: asks for the conversation and lands it as received. Nothing here reads what is in it. */
export function makeFetchConversation({ getConversation, land }: FetchConversationDependencies) {
  return async function fetchConversation(
    job: JobPayloads['fetch-conversation'],
    { signal }: JobContext,
  ): Promise<void> {
    await land(await getConversation(job, signal), job.version);
  };
}
