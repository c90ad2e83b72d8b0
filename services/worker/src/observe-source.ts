import type { SourceMetrics, Traces } from '@voxport/runtime';
import type { ConversationSource } from '@voxport/source';

type Observed = Pick<ConversationSource, 'listPage' | 'getConversation' | 'getRecording' | 'listEntities'>;

export interface ObserveDependencies {
  readonly sourceId: string;
  readonly requestStarted: SourceMetrics['requestStarted'];
  readonly span: Traces['span'];
}

/** The same source, whose requests are counted while they are under way, and are spans of the present trace. */
export function observeSource<Source extends Observed>(
  source: Source,
  { sourceId, requestStarted, span }: ObserveDependencies,
): Source {
  async function observe<Result>(
    endpoint: string,
    attributes: Readonly<Record<string, string>>,
    request: () => Promise<Result>,
  ): Promise<Result> {
    const end = requestStarted();
    try {
      const options = { kind: 'client', attributes: { 'voxport.source': sourceId, ...attributes } } as const;
      return await span(`request ${endpoint}`, options, request);
    } finally {
      end();
    }
  }
  const ofConversation = (conversationId: string) => ({ 'voxport.conversation_id': conversationId });

  return {
    ...source,
    listPage: (asked, signal) => observe('list', {}, () => source.listPage(asked, signal)),
    getConversation: (conversationId, signal) =>
      observe('detail', ofConversation(conversationId), () => source.getConversation(conversationId, signal)),
    listEntities: (asked, signal) =>
      observe('entities', { 'voxport.entity': asked.entity }, () => source.listEntities(asked, signal)),
    getRecording: (conversationId, signal) =>
      observe('audio', ofConversation(conversationId), () => source.getRecording(conversationId, signal)),
  };
}
