import { describe, expect, test } from 'vitest';
import { interpolate, interpolateDocument } from './interpolate.ts';

describe('a variable of a compose file', () => {
  const variables = { SET: 'value', EMPTY: '' };

  test.each([
    ['$SET and ${SET}', 'value and value'],
    ['${UNSET}', ''],
    ['${SET:-default}', 'value'],
    ['${UNSET:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY-default}', ''],
    ['${UNSET-default}', 'default'],
    ['${SET:+given}', 'given'],
    ['${EMPTY:+given}', ''],
    ['${EMPTY+given}', 'given'],
    ['${SET:?must be set}', 'value'],
    ['${UNSET:-127.0.0.1}:${UNSET:-5432}:5432', '127.0.0.1:5432:5432'],
    ['$$SET', '$SET'],
    ['costs 5 $', 'costs 5 $'],
  ])('%s gives "%s"', (text, expected) => {
    expect(interpolate(text, variables)).toBe(expected);
  });

  test('that is required and missing is an error with the message of the file', () => {
    expect(() => interpolate('${EMPTY:?make the secrets first}', variables)).toThrow(
      'EMPTY is not set: make the secrets first',
    );
  });

  test('in a form that Compose does not know is an error', () => {
    expect(() => interpolate('${SET/a/b}', variables)).toThrow('"${SET/a/b}"');
  });

  test('is replaced in values at every depth, and not in keys', () => {
    expect(interpolateDocument({ $SET: [{ deep: '${SET}' }, 1, null] }, variables)).toEqual({
      $SET: [{ deep: 'value' }, 1, null],
    });
  });
});
