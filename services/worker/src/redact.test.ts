import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeRedaction, redactionGroups, TerminalFailure, type ConversationPage } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { redactPage, redactPayload } from './redact.ts';

/** Recorded from the live API. */
const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../../packages/mapping/src/fixtures/${name}.json`, import.meta.url));
const allMasked = makeRedaction({
  rules: [{ action: 'mask', fields: redactionGroups, variables: [], paths: [] }],
  hash: null,
});
const noRules = makeRedaction({ rules: [], hash: null });
const conversationId = 'conv_9701kvxrdq0jfyabmdx727zndddd';

describe('a recorded payload', () => {
  const body = recorded('get-conversation');

  test('comes through untouched, the very bytes, where no rule applies', () => {
    expect(redactPayload(noRules, { conversationId, body, receivedAtMs: 1 }).body).toBe(body);
  });

  test('loses what was said and written, and nothing else', () => {
    const redacted = Buffer.from(redactPayload(allMasked, { conversationId, body, receivedAtMs: 1 }).body).toString();
    for (const original of ['Hello', 'How may I assist', 'Initial Greeting', 'polite welcome'])
      expect(redacted).not.toContain(original);
    const [lines, before] = [redacted.split('\n'), body.toString().split('\n')];
    expect(lines).toHaveLength(before.length);
    const changed = lines.flatMap((line, index) => (line === before[index] ? [] : [line.trim().replace(/:.*/u, '')]));
    expect(new Set(changed)).toEqual(
      new Set([
        '"message"',
        '"original_message"',
        '"transcript_summary"',
        '"call_summary_title"',
        '"termination_reason"',
        '"system__conversation_history"',
      ]),
    );
  });
});

test('a recorded list row loses its texts, its fingerprint stays', () => {
  const { conversations } = JSON.parse(recorded('list-conversations').toString()) as {
    conversations: Record<string, unknown>[];
  };
  const [row = {}] = conversations;
  const listed = {
    conversationId: String(row['conversation_id']),
    agentId: null,
    startedAt: null,
    status: 'done',
    isTerminal: true,
    fingerprint: 'f',
    row: { ...row, transcript_summary: 'what was said' },
  };
  const page: ConversationPage = {
    conversations: [listed],
    nextCursor: null,
    hasMore: false,
    rowCount: 2,
    totalCount: null,
    unusableRows: [{ message: 'no id', status: 'done' }, 'a text'],
  };
  const redacted = redactPage(allMasked, page);
  expect(redacted.conversations[0]).toMatchObject({
    fingerprint: 'f',
    row: { transcript_summary: '[redacted]', status: row['status'] },
  });
  expect(redacted.unusableRows).toEqual([{ message: '[redacted]', status: 'done' }, '[redacted]']);
});

test('what is no JSON is refused without its body, so that it is stored nowhere', () => {
  const broken = { conversationId, body: Buffer.from('{"message": "half'), receivedAtMs: 1 };
  const attempt = (): unknown => redactPayload(allMasked, broken);
  expect(attempt).toThrow(TerminalFailure);
  expect(attempt).toThrow('no JSON that can be redacted');
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code: 'unusable_payload', body: null });
  }
});

test('a stored list row that is taken for the payload is redacted by the rules of today, and no value of it twice', () => {
  const hashes = { action: 'hash', fields: ['user_ids'], variables: [], paths: [] } as const;
  const masks = { action: 'mask', fields: ['messages'], variables: [], paths: [] } as const;
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const before = makeRedaction({ rules: [hashes], hash });
  const today = makeRedaction({ rules: [hashes, masks], hash });
  const row = { conversation_id: 'c', user_id: 'somebody', transcript: [{ role: 'user', message: 'what was said' }] };
  const taken = (stored: object): unknown => {
    const body = Buffer.from(JSON.stringify(stored));
    const redacted = redactPayload(today, { conversationId: 'c', body, receivedAtMs: 1 });
    return JSON.parse(Buffer.from(redacted.body).toString());
  };
  const once = today.row(row, 'c');
  expect(taken(once)).toEqual(once);
  expect(taken(before.row(row, 'c'))).toEqual(once);
  expect(once).toMatchObject({ transcript: [{ message: '[redacted]' }], user_id: expect.stringMatching(/^hmac:/u) });
});
