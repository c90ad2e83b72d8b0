import { expect, test } from 'vitest';
import { readEnvelope } from './read-envelope.ts';

const binary = (text: string): Buffer => Buffer.from(text, 'latin1');

test('the data is the very bytes that came, those that are no UTF-8 and the digits of numbers included', () => {
  const data = '{"conversation_id": "c", "a": "\xff\xc3(", "n": 12345678901234567890, "b": 1e999}';
  const envelope = readEnvelope(
    binary(`{"type":"post_call_transcription","data":${data},"event_timestamp":1767225600}`),
  );
  expect(Buffer.from(envelope!.dataBytes!)).toEqual(binary(data));
});

test('fields that stand beside the type stay as they are spelt', () => {
  const own = '"conversation_id": "c", "n": 12345678901234567890, "a": "\xff", "a": 1.0';
  const envelope = readEnvelope(binary(`{"type":"post_call_transcription",${own},"event_timestamp":1767225600}`));
  expect(envelope).toMatchObject({ conversationId: 'c', eventAt: new Date('2026-01-01T00:00:00Z') });
  expect(Buffer.from(envelope!.dataBytes!)).toEqual(binary(`{${own}}`));
});
