import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64 } from './decode-base64.ts';
import { readTime } from '@voxport/domain';
import { makeEnvelopeScanner } from './scan-envelope.ts';

function scan(text: string, pieceSize: number) {
  const scanner = makeEnvelopeScanner();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceSize) scanner.push(bytes.subarray(at, at + pieceSize));
  return scanner.result();
}

async function decoded(text: string, pieceSize: number): Promise<Buffer> {
  async function* pieces() {
    for (let at = 0; at < text.length; at += pieceSize) yield Buffer.from(text.slice(at, at + pieceSize));
  }
  const parts: Buffer[] = [];
  for await (const part of decodeBase64(pieces())) parts.push(part);
  return Buffer.concat(parts);
}

test('the short values are read and the sound is located, in any order and in any pieces', () => {
  const noise = fc.jsonValue({ maxDepth: 3 });
  const envelope = fc.record({
    type: fc.constant('post_call_audio'),
    event_timestamp: fc.integer({ min: 1, max: 2_000_000_000 }),
    data: fc.record({
      conversation_id: fc.string({ minLength: 1, maxLength: 40 }),
      agent_id: fc.string(),
      full_audio: fc.base64String({ maxLength: 5000 }),
      other: noise,
    }),
    more: noise,
  });
  const order = fc.func(fc.integer());
  fc.assert(
    fc.property(
      envelope,
      order,
      fc.integer({ min: 1, max: 700 }),
      fc.nat({ max: 2 }),
      (event, rank, pieceSize, indent) => {
        const shuffled = (object: object): object =>
          Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => rank(a) - rank(b)));
        const text = JSON.stringify(shuffled({ ...event, data: shuffled(event.data) }), null, indent);
        const found = scan(text, pieceSize);
        expect(found.type).toBe('post_call_audio');
        expect(found.eventAt).toEqual(readTime(event.event_timestamp));
        expect(found.conversationId).toBe(event.data.conversation_id);
        const { start, end } = found.fullAudio!;
        expect(Buffer.from(text).subarray(start, end).toString()).toBe(event.data.full_audio);
      },
    ),
  );
});

test('values deeper down, and those of other keys, are not taken for those that are looked for', () => {
  const text = JSON.stringify({
    other: { conversation_id: 'wrong', type: 'wrong', full_audio: 'AAAA' },
    data: { nested: { conversation_id: 'wrong' }, list: ['conversation_id', 'wrong'], conversation_id: 'right' },
    type: 'a"b\\c',
  });
  expect(scan(text, 7)).toEqual({
    type: 'a"b\\c',
    eventAt: null,
    conversationId: 'right',
    agentId: null,
    fullAudio: null,
  });
});

test('a key longer than any of ours does not hide those after it', () => {
  const text = `{"${'k'.repeat(2000)}": 1, "type": "post_call_audio", "data": {"${'x'.repeat(700)}": "y", "conversation_id": "c"}}`;
  expect(scan(text, 100)).toMatchObject({ type: 'post_call_audio', conversationId: 'c' });
});

test('what is no JSON is scanned without an error', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 9 }), (text, pieceSize) => {
      expect(() => scan(text, pieceSize)).not.toThrow();
    }),
  );
});

test('base64 comes back as its bytes, in any pieces, with the slashes escaped or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), async (bytes, pieceSize) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(Buffer.compare(await decoded(text, pieceSize), Buffer.from(bytes))).toBe(0);
      expect(Buffer.compare(await decoded(text.replaceAll('/', '\\/'), pieceSize), Buffer.from(bytes))).toBe(0);
    }),
  );
});
