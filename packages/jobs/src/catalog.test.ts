import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fetchConversationJobId,
  fetchRecordingJobId,
  listPageJobId,
  priorityOf,
  queueName,
  readJobId,
  readStoredPayload,
  type JobPayloads,
} from './catalog.ts';

test('new calls go before rechecks, rechecks before history', () => {
  expect(priorityOf.live).toBeLessThan(priorityOf.refresh);
  expect(priorityOf.refresh).toBeLessThan(priorityOf.backfill);
});

test('different detail requests have different names, the same detail request has one, and no name has a colon', () => {
  const request = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(request, request, ([id, generation], [otherId, otherGeneration]) => {
      const name = fetchConversationJobId(id, generation);
      expect(name).not.toContain(':');
      expect(fetchConversationJobId(id, generation)).toBe(name);
      expect(fetchConversationJobId(otherId, otherGeneration) === name).toBe(
        id === otherId && generation === otherGeneration,
      );
    }),
  );
});

test('pages are named by their window and number', () => {
  expect(listPageJobId(1, 12)).not.toBe(listPageJobId(11, 2));
  expect(listPageJobId(3, 4)).toBe(listPageJobId(3, 4));
});

test('a name tells what it names, whatever is in an id', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 1000 }),
      (conversationId, generation) => {
        expect(readJobId(fetchConversationJobId(conversationId, generation))).toEqual({ conversationId, generation });
        expect(readJobId(fetchRecordingJobId(conversationId, generation))).toEqual({ conversationId, generation });
      },
    ),
  );
  expect(readJobId(listPageJobId(12, 3))).toEqual({ windowId: 12, page: 3 });
  expect(readJobId('repeat:sweep-source:1')).toEqual({});
});

test('a source has a queue of each kind', () => {
  expect(new Set((['fetch', 'load', 'plan'] as const).map((kind) => queueName('support', kind))).size).toBe(3);
});

test('a job that 0.1 enqueued is read by the names of today', () => {
  const stored = { conversationId: 'a', version: 3, runId: 7 } as unknown as JobPayloads['fetch-conversation'];
  expect(readStoredPayload(stored)).toEqual({ conversationId: 'a', generation: 3, runId: 7 });
  const page: JobPayloads['list-page'] = { windowId: 1, page: 2, runId: 3 };
  expect(readStoredPayload(page)).toBe(page);
});
