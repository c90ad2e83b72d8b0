import fc from 'fast-check';
import { allPaths } from '../coverage/all-paths.ts';
import { placeValue } from '../coverage/place-value.ts';

export type Json = Record<string, unknown>;

/** Texts that have broken exporters before. */
const oddText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '\0',
    'a\0b',
    '\uD800',
    '\uDC00x',
    '😀',
    '__proto__',
    'constructor',
    'NaN',
    '-Infinity',
    'x'.repeat(3_000),
  ),
  fc.constantFrom(
    'true',
    'FALSE',
    '12',
    '9223372036854775808',
    '1e400',
    '2026-06-24T21:26:19Z',
    '0000-00-00',
    '{"a":"\\u0000"}',
  ),
);
const oddNumber = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    1.7976931348623157e308,
    2 ** 53,
    -(2 ** 63),
    1e21,
    1_782_336_379,
    1_782_336_379_000,
    1e12,
    -1,
  ),
);
/** Any JSON, with what has broken exporters before. */
export const oddValue = fc.oneof(
  oddText,
  oddNumber,
  fc.boolean(),
  fc.constant(null),
  fc.dictionary(oddText, fc.oneof(oddText, oddNumber), { maxKeys: 3 }),
  fc.array(fc.oneof(oddText, oddNumber, fc.constant(null), fc.constant({})), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);
/** What the model allows at a path. */
function modelValue(type: string): fc.Arbitrary<unknown> {
  if (type.includes('integer')) return fc.integer({ min: 0, max: 2_000_000_000 });
  if (type.includes('number')) return fc.double({ min: 0, max: 1e9, noNaN: true });
  if (type.includes('boolean')) return fc.boolean();
  return type.includes('string') ? fc.string() : fc.jsonValue({ maxDepth: 2 });
}

/** A field of the model with a value of its type, or (a third) of any. */
function fieldsOf(prefix: string | null): fc.Arbitrary<{ path: string; value: unknown; key: string }> {
  const paths = allPaths.filter(({ path }) =>
    prefix === null ? !/^(conversations|data)\[\]\./.test(path) : path.startsWith(`${prefix}.`),
  );
  return fc.constantFrom(...paths).chain(({ path, type }) =>
    fc.record({
      path: fc.constant(prefix === null ? path : path.slice(prefix.length + 1)),
      value: fc.oneof({ arbitrary: modelValue(type), weight: 2 }, { arbitrary: oddValue, weight: 1 }),
      key: oddText,
    }),
  );
}

/** Lays one object over another; arrays are laid side by side, so that transcripts grow turns. */
export function merge(left: unknown, right: unknown): unknown {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length < 3 ? [...left, ...right] : [...left.slice(0, -1), merge(left.at(-1), right[0])];
  }
  const areObjects = [left, right].every(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  if (!areObjects) return right;
  const merged: Json = { ...(left as Json) };
  for (const [key, value] of Object.entries(right as Json)) {
    const joined = Object.hasOwn(merged, key) ? merge(merged[key], value) : value;
    Object.defineProperty(merged, key, { value: joined, enumerable: true, writable: true, configurable: true });
  }
  return merged;
}

/** A conversation of fields of the model, a third of them with a value of any type, and of keys that no model has. */
export function conversationOf(prefix: string | null): fc.Arbitrary<Json> {
  const extras = fc.dictionary(oddText, oddValue, { maxKeys: 2 });
  return fc
    .tuple(fc.array(fieldsOf(prefix), { maxLength: 40 }), extras)
    .map(([fields, extra]) =>
      fields.reduce<Json>((built, { path, value, key }) => merge(built, placeValue(path, value, key)) as Json, extra),
    );
}

/** JSON text of a conversation, with some numbers made too large for a double on the way. */
export function textOf(conversation: Json, large: boolean): string {
  const text = JSON.stringify({ ...conversation, conversation_id: 'conv_1' });
  return large
    ? text.replaceAll(/:(\d{3,})(?=[,}])/g, ':$1$1$1$1$1').replaceAll(/:0\.(\d+)(?=[,}])/g, ':0.$1$1$1')
    : text;
}
