import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfText, textOfBytes } from './text-of-bytes.ts';

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...(hasMark ? bytes.subarray(3) : bytes)]);
    }),
    { numRuns: 3000 },
  );
});

test('so do texts with a few broken bytes in them', () => {
  const broken = fc.constantFrom(
    [0xff],
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x80, 0x80, 0xaf],
    [0xe2, 0x82],
    [0xf5],
  );
  const part = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => [...new TextEncoder().encode(text)]),
    broken,
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const bytes = Uint8Array.from([0x20, ...parts.flat()]);
      expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...bytes]);
    }),
  );
});

test('what is UTF-8 is plain text', () => {
  const text = 'Grüße, 👋 \u0000 \ud7ff';
  expect(textOfBytes(new TextEncoder().encode(text))).toBe(text);
});
