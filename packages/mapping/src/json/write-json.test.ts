import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonDepthMax } from './depth.ts';
import { parseJson } from './parse-json.ts';
import { writeJson } from './write-json.ts';

const write = (value: unknown, redactsHeaders = false): string => writeJson(value, { redactsHeaders }).text;

describe('writeJson', () => {
  it('writes what JSON.stringify writes, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(write(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('replaces U+0000 and lone surrogates in texts and in keys, and says so', () => {
    const { text, changes } = writeJson({ 'a\0': ['\uD800x', 'ok 😀'] }, { redactsHeaders: false });
    expect(JSON.parse(text)).toEqual({ 'a\uFFFD': ['\uFFFDx', 'ok 😀'] });
    expect(changes.unstorable).toBe(true);
  });

  it('keeps the digits of large numbers, and gives null for what numeric cannot hold', () => {
    const { value } = parseJson('[12345678901234567890, 1e400, 1e999999, -1.000000000000000000001e-99999]');
    const { text, changes } = writeJson(value, { redactsHeaders: false });
    expect(text).toBe('[12345678901234567890,1e400,null,null]');
    expect(changes.outOfRange).toBe(true);
  });

  it('cuts below the depth limit without recursion', () => {
    const { value } = parseJson('['.repeat(10_000) + ']'.repeat(10_000));
    const { text, changes } = writeJson(value, { redactsHeaders: false });
    expect(text).toBe(`${'['.repeat(jsonDepthMax)}null${']'.repeat(jsonDepthMax)}`);
    expect(changes.tooDeep).toBe(true);
  });

  it('treats __proto__ as a key like any other', () => {
    const text = '{"__proto__":{"polluted":true},"a":1}';
    expect(write(JSON.parse(text))).toBe(text);
  });

  it('hides the values of headers at any depth, whatever their form, and nothing else', () => {
    const details = {
      type: 'webhook',
      url: 'https://example.test',
      headers: { Authorization: 'Bearer 1', 'X-Nested': { a: 'secret' }, Empty: null },
      webhook_details: { request_headers: [{ name: 'X-Key', value: 'secret' }, 'X-Raw: secret'], body: 'kept' },
      response: { Headers: 'secret', headers: null },
      retry: { 'Request-Headers_': { token: 'secret' }, headers_sent: 3 },
    };
    expect(JSON.parse(write(details, true))).toEqual({
      type: 'webhook',
      url: 'https://example.test',
      headers: { Authorization: '[redacted]', 'X-Nested': '[redacted]', Empty: '[redacted]' },
      webhook_details: { request_headers: [{ name: 'X-Key', value: '[redacted]' }, '[redacted]'], body: 'kept' },
      response: { Headers: '[redacted]', headers: null },
      retry: { 'Request-Headers_': { token: '[redacted]' }, headers_sent: 3 },
    });
  });
});
