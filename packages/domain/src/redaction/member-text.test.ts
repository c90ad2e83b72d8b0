import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberText, withoutMembers } from './member-text.ts';

test('the value comes as it is spelt, digits and blanks included', () => {
  const text = '{"type": "x", "data" : { "a": 1.0, "b": 12345678901234567890, "c": "}\\"" } , "t":1}';
  expect(memberText(text, 'data')).toBe('{ "a": 1.0, "b": 12345678901234567890, "c": "}\\"" }');
  expect(memberText(text, 't')).toBe('1');
  expect(memberText(text, 'a')).toBeNull();
});

test('of a key that occurs twice the last value counts', () => {
  expect(memberText('{"data":1,"\\u0064ata":[2]}', 'data')).toBe('[2]');
});

test('it is the value that JSON.parse gives, for any object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat({ max: 3 }), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      for (const [key, value] of Object.entries(object)) {
        const found = memberText(text, key);
        expect(found === null ? null : JSON.parse(found)).toEqual(JSON.parse(JSON.stringify(value)));
      }
    }),
  );
});

test('without some members, the others stay as they are spelt', () => {
  const keys = new Set(['type', 'data']);
  const text = ' {"type": "x", "a" : 1.0 , "data":{"b":[1]}, "b": 12345678901234567890, "a": "}", "ty\\u0070e": 7 } ';
  expect(withoutMembers(text, keys)).toBe(' { "a" : 1.0, "b": 12345678901234567890, "a": "}" } ');
  expect(withoutMembers('{"type":1}', keys)).toBe('{}');
  expect(withoutMembers('{}', keys)).toBe('{}');
});

test('it is the object without them, for any object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat({ max: 3 }), fc.nat(), (object, indent, index) => {
      const left = Object.keys(object).filter((_, at) => at % 3 !== index % 3);
      const gone = new Set(Object.keys(object).filter((key) => !left.includes(key)));
      const text = withoutMembers(JSON.stringify(object, null, indent), gone);
      const expected = JSON.parse(JSON.stringify(Object.fromEntries(left.map((key) => [key, object[key]]))));
      expect(JSON.parse(text)).toEqual(expected);
    }),
  );
});
