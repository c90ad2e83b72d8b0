import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPage } from './read-page.ts';

/** A live row, nulls included. */
const liveRow = {
  agent_id: 'agent_0201kvxr60szf29bwnabbqys83cw',
  branch_id: 'agtbrch_8801kvxr61esedrbvg4vcweykdxs',
  version_id: 'agtvrsn_2301kvxr61hsf41s6mpna629p36p',
  agent_name: 'Test Agent',
  conversation_id: 'conv_9701kvxrdq0jfyabmdx727zndddd',
  start_time_unix_secs: 1782336379,
  call_duration_secs: 5,
  message_count: 2,
  status: 'done',
  termination_reason: 'Client disconnected: 1005',
  call_successful: 'success',
  transcript_summary: null,
  call_summary_title: 'Initial Greeting',
  main_language: 'en',
  conversation_initiation_source: 'unknown',
  tool_names: null,
  direction: null,
  rating: null,
};

function read(json: unknown) {
  const page = readPage(json);
  if (typeof page === 'string') throw new Error(page);
  return page;
}

describe('a page of ElevenLabs', () => {
  test('is read with its rows as they came', () => {
    const page = read({ conversations: [liveRow], next_cursor: null, has_more: false });
    expect(page).toMatchObject({ nextCursor: null, hasMore: false, totalCount: null, unusableRows: [] });
    expect(page.conversations).toEqual([
      {
        conversationId: 'conv_9701kvxrdq0jfyabmdx727zndddd',
        agentId: 'agent_0201kvxr60szf29bwnabbqys83cw',
        startedAt: new Date('2026-06-24T21:26:19Z'),
        status: 'done',
        isTerminal: true,
        fingerprint: expect.stringMatching(/^[0-9a-f]{32}-{16}$/),
        row: liveRow,
      },
    ]);
  });

  test('keeps rows that are not conversations apart, in their order', () => {
    const bad = [null, 'text', 7, [], {}, { conversation_id: null }, { conversation_id: ' ' }];
    const page = read({ conversations: [...bad, liveRow], has_more: false });
    expect(page.unusableRows).toEqual(bad);
    expect(page.conversations).toHaveLength(1);
  });

  test('takes a row with nothing but an id', () => {
    expect(read({ conversations: [{ conversation_id: 12 }] }).conversations[0]).toMatchObject({
      conversationId: '12',
      agentId: null,
      startedAt: null,
      status: null,
      isTerminal: true,
    });
  });

  test.each([
    ['initiated', false],
    ['in-progress', false],
    ['In_Progress', false],
    ['processing', false],
    ['done', true],
    ['failed', true],
    ['some-new-word', true],
    [null, true],
    [7, true],
  ])('status %j is terminal: %s', (status, expected) => {
    expect(read({ conversations: [{ ...liveRow, status }] }).conversations[0]?.isTerminal).toBe(expected);
  });

  test('an empty cursor is none', () => {
    expect(read({ conversations: [], next_cursor: '', has_more: false }).nextCursor).toBeNull();
  });

  test('no row is lost, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.jsonValue(), fc.record({ conversation_id: fc.jsonValue(), status: fc.jsonValue() }))),
        (rows) => {
          const page = read({ conversations: rows });
          expect(page.conversations.length + page.unusableRows.length).toBe(rows.length);
        },
      ),
    );
  });

  test.each([null, [], 'text', {}, { conversations: {} }, { data: [] }])('%j is no page', (json) => {
    expect(readPage(json)).toBeTypeOf('string');
  });
});
