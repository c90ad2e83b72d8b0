import { makeRedaction, type ConversationPage, type ConversationPayload } from '@voxport/domain';
import type { Window } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { makeFetchPipeline, type FetchPipelineDependencies } from './fetch-pipeline.ts';

const { signal } = new AbortController();
const job = { conversationId: 'a', generation: 1, runId: 7 };
const window = { runId: 7, range: { after: null, before: new Date(0) }, cursor: null, filters: {} } as Window;
const payload: ConversationPayload = {
  conversationId: 'a',
  body: Buffer.from('{"conversation_id":"a","request_headers":{"authorization":"Bearer t"}}'),
  receivedAtMs: 0,
};
const page: ConversationPage = {
  conversations: [],
  unusableRows: ['a text of a call'],
  hasMore: false,
  nextCursor: null,
  rowCount: 1,
  totalCount: null,
};

/** Each layer says when it begins and ends. */
function recordLayers(changes: Partial<FetchPipelineDependencies> = {}) {
  const seen: string[] = [];
  const pipeline = makeFetchPipeline({
    redaction: makeRedaction({ rules: [], hash: () => '' }),
    async limit(request) {
      seen.push('limit');
      try {
        return await request();
      } finally {
        seen.push('room again');
      }
    },
    pause: { refusePage: () => void seen.push('pause'), refuseDetail: async () => void seen.push('pause') },
    async latency(work) {
      seen.push('latency');
      return work();
    },
    async outage() {
      seen.push('outage');
      return payload;
    },
    trace: {
      async listPage() {
        seen.push('trace');
        return page;
      },
    },
    ...changes,
  });
  return { seen, pipeline };
}

test('a detail passes its layers in order, and comes out redacted', async () => {
  const { seen, pipeline } = recordLayers();
  const { body } = await pipeline.getConversation(job, signal);
  expect(seen).toEqual(['limit', 'pause', 'latency', 'outage', 'room again']);
  expect(Buffer.from(body).toString()).toBe('{"conversation_id":"a","request_headers":{"authorization":"[redacted]"}}');
});

test('a page passes its layers in order, and comes out redacted', async () => {
  const { seen, pipeline } = recordLayers();
  expect(await pipeline.listPage(window, 100, signal)).toEqual({ ...page, unusableRows: ['[redacted]'] });
  expect(seen).toEqual(['limit', 'pause', 'trace', 'room again']);
});

test('what is not wanted when its turn has come is not sent, and gives its room back', async () => {
  const refuse = (): never => {
    throw new Error('not wanted');
  };
  const { seen, pipeline } = recordLayers({ pause: { refusePage: refuse, refuseDetail: async () => refuse() } });
  await expect(pipeline.getConversation(job, signal)).rejects.toThrow('not wanted');
  await expect(pipeline.listPage(window, 100, signal)).rejects.toThrow('not wanted');
  expect(seen).toEqual(['limit', 'room again', 'limit', 'room again']);
});
