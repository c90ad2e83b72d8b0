import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterHashOf, readCursor, writeCursor } from './cursor.ts';

const cursors = fc.record({ lastIndex: fc.nat(), filterHash: fc.nat(), issuedAtMs: fc.nat(), serial: fc.nat() });

test('a cursor is read back as it was written', () => {
  fc.assert(
    fc.property(cursors, (cursor) => {
      expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    }),
  );
});

test('no other text is a cursor', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readCursor(text)).toBeNull();
    }),
  );
  fc.assert(
    fc.property(cursors, fc.nat(), (cursor, place) => {
      const text = writeCursor(cursor);
      const at = place % text.length;
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(readCursor(changed)).toBeNull();
      expect(readCursor(`${text}A`)).toBeNull();
    }),
  );
});

test('the hash of the filters does not hang on their order, the page size or the cursor', () => {
  const hash = (query: string) => filterHashOf(new URLSearchParams(query));
  expect(hash('a=1&b=2&page_size=3&cursor=x')).toBe(hash('b=2&a=1'));
  expect(hash('a=1')).not.toBe(hash('a=2'));
});
