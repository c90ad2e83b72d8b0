import { describe, expect, test } from 'vitest';
import { readPage } from './read-page.ts';

/** A row as the reference shows it. */
const documentedRow = {
  conversation_id: 'conv_abc123',
  agent_id: '123',
  agent_name: 'Customer Support Agent',
  status: 'completed',
  transcript: [{ role: 'user', content: 'Hello, I need help with my order', timestamp: '2024-01-15T10:30:00Z' }],
  metadata: { duration: 120, call_quality: 'good' },
  created_at: '2024-01-15T10:30:00Z',
};

/** A row as the service's own web client expects it. */
const clientRow = {
  id: 'conv_def456',
  agent_id: '123',
  status: 'completed',
  date: '2024-01-15T11:00:00Z',
  duration: '2:05',
  message: 'Hello',
  outcome: 'booked',
  cost: { amount_cents: 12, amount_dollars: 0.12 },
};

function read(json: unknown) {
  const page = readPage(json);
  if (typeof page === 'string') throw new Error(page);
  return page;
}

function fingerprintOf(row: unknown): string | undefined {
  return read({ data: [row] }).conversations[0]?.fingerprint;
}

describe('a page of voiceable', () => {
  test('is read with both shapes of a row, its total and its cursor', () => {
    const page = read({
      status: { code: 200 },
      data: [documentedRow, clientRow],
      total_count: 2,
      cursor: 'eyJpZCI6IjEyMyJ9',
      has_more: false,
    });
    expect(page).toMatchObject({ totalCount: 2, nextCursor: 'eyJpZCI6IjEyMyJ9', hasMore: false, unusableRows: [] });
    expect(page.conversations).toMatchObject([
      {
        conversationId: 'conv_abc123',
        startedAt: new Date('2024-01-15T10:30:00Z'),
        status: 'completed',
        isTerminal: true,
        row: documentedRow,
      },
      {
        conversationId: 'conv_def456',
        startedAt: new Date('2024-01-15T11:00:00Z'),
        status: 'completed',
        isTerminal: true,
        row: clientRow,
      },
    ]);
  });

  test('a row without either id is unusable', () => {
    expect(read({ data: [{ status: 'completed' }] }).unusableRows).toHaveLength(1);
  });

  test('a date without a time is no start', () => {
    expect(read({ data: [{ id: 'a', date: '2024-01-15' }] }).conversations[0]?.startedAt).toBeNull();
  });

  test.each([
    ['completed', true],
    ['done', true],
    ['failed', true],
    ['no-answer', true],
    ['in_progress', false],
    ['In Progress', false],
    ['ringing', false],
    ['queued', false],
    ['processing', false],
    [undefined, true],
  ])('status %j is terminal: %s', (status, expected) => {
    expect(read({ data: [{ ...documentedRow, status }] }).conversations[0]?.isTerminal).toBe(expected);
  });

  test.each([
    ['another turn', documentedRow, { ...documentedRow, transcript: [...documentedRow.transcript, {}] }],
    ['a longer call', documentedRow, { ...documentedRow, metadata: { ...documentedRow.metadata, duration: 121 } }],
    ['a longer call, as text', clientRow, { ...clientRow, duration: '2:06' }],
    ['a cost', clientRow, { ...clientRow, cost: { amount_cents: 13, amount_dollars: 0.13 } }],
    ['an outcome', clientRow, { ...clientRow, outcome: 'lost' }],
  ])('the fingerprint changes with %s', (_what, before, after) => {
    expect(fingerprintOf(after)).not.toBe(fingerprintOf(before));
  });

  test('the fingerprint does not change with an agent’s name or an unknown key', () => {
    expect(fingerprintOf({ ...documentedRow, agent_name: 'Other', brand_new: 1 })).toBe(fingerprintOf(documentedRow));
  });

  test.each([null, {}, { data: null }, { conversations: [] }])('%j is no page', (json) => {
    expect(readPage(json)).toBeTypeOf('string');
  });
});
