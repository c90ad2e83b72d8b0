import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fetchConversationJobId,
  fetchRecordingJobId,
  listPageJobId,
  priorityOf,
  queueName,
  readJobId,
} from './catalog.ts';

test('new calls go before rechecks, rechecks before history', () => {
  expect(priorityOf.live).toBeLessThan(priorityOf.refresh);
  expect(priorityOf.refresh).toBeLessThan(priorityOf.backfill);
});

test('different detail requests have different names, the same detail request has one, and no name has a colon', () => {
  const request = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(request, request, ([id, version], [otherId, otherVersion]) => {
      const name = fetchConversationJobId(id, version);
      expect(name).not.toContain(':');
      expect(fetchConversationJobId(id, version)).toBe(name);
      expect(fetchConversationJobId(otherId, otherVersion) === name).toBe(id === otherId && version === otherVersion);
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
      (conversationId, version) => {
        expect(readJobId(fetchConversationJobId(conversationId, version))).toEqual({ conversationId, version });
        expect(readJobId(fetchRecordingJobId(conversationId, version))).toEqual({ conversationId, version });
      },
    ),
  );
  expect(readJobId(listPageJobId(12, 3))).toEqual({ windowId: 12, page: 3 });
  expect(readJobId('repeat:sweep-source:1')).toEqual({});
});

test('a source has a queue of each kind', () => {
  expect(new Set((['fetch', 'load', 'plan'] as const).map((kind) => queueName('support', kind))).size).toBe(3);
});
