import type { SourceMetrics } from '@voxport/runtime';
import type { ConversationSource } from '@voxport/source';

type Observed = Pick<ConversationSource, 'listPage' | 'getConversation' | 'getRecording'>;

/** The same source, whose requests are counted while they are under way. */
export function observeSource<Source extends Observed>(
  source: Source,
  { requestStarted }: Pick<SourceMetrics, 'requestStarted'>,
): Source {
  async function observe<Result>(request: () => Promise<Result>): Promise<Result> {
    const end = requestStarted();
    try {
      return await request();
    } finally {
      end();
    }
  }

  return {
    ...source,
    listPage: (asked, signal) => observe(() => source.listPage(asked, signal)),
    getConversation: (conversationId, signal) => observe(() => source.getConversation(conversationId, signal)),
    getRecording: (conversationId, signal) => observe(() => source.getRecording(conversationId, signal)),
  };
}
