import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRedaction } from './make-redaction.ts';
import { redactionGroups, type RedactionRule } from './rules.ts';

const hash = (text: string): string => createHmac('sha256', 'a key').update(text).digest('hex');
const rule = (action: RedactionRule['action'], what: Partial<RedactionRule>): RedactionRule => ({
  action,
  fields: [],
  variables: [],
  paths: [],
  ...what,
});

/** The redacted text of a payload. */
function redactedText(rules: readonly RedactionRule[], text: string, conversationId = 'conv_1'): string {
  const body = new TextEncoder().encode(text);
  return new TextDecoder().decode(makeRedaction({ rules, hash }).payload(body, conversationId));
}
const redacted = (rules: readonly RedactionRule[], payload: unknown): string =>
  redactedText(rules, JSON.stringify(payload));
const parsed = (rules: readonly RedactionRule[], payload: unknown): unknown =>
  JSON.parse(redacted(rules, payload)) as unknown;

describe('actions', () => {
  const payload = { metadata: { a: 'text', b: 7, c: true, d: null, e: '', f: ['x', { g: 'y' }] } };

  test('drop makes null of the whole', () => {
    expect(parsed([rule('drop', { paths: ['metadata'] })], payload)).toEqual({ metadata: null });
  });
  test('mask keeps the shape: texts become a placeholder, numbers null, what is empty stays', () => {
    expect(parsed([rule('mask', { paths: ['metadata'] })], payload)).toEqual({
      metadata: { a: '[redacted]', b: null, c: null, d: null, e: '', f: ['[redacted]', { g: '[redacted]' }] },
    });
  });
  test('hash gives equal values equal digests, which only the key reproduces', () => {
    const digest = (text: string): string => `hmac:${hash(text).slice(0, 32)}`;
    expect(parsed([rule('hash', { paths: ['metadata'] })], payload)).toEqual({
      metadata: {
        a: digest('text'),
        b: digest('7'),
        c: digest('true'),
        d: null,
        e: '',
        f: [digest('x'), { g: digest('y') }],
      },
    });
  });
  test('the first rule that fits counts, so that keep makes exceptions, above a drop too', () => {
    const rules = [rule('keep', { paths: ['metadata.f[].g'] }), rule('drop', { paths: ['metadata'] })];
    expect(parsed(rules, payload)).toEqual({
      metadata: { a: null, b: null, c: null, d: null, e: '', f: [null, { g: 'y' }] },
    });
  });
  test('no rule reaches the id of the conversation', () => {
    expect(parsed([rule('drop', { paths: ['**'] })], { conversation_id: 'conv_1', user_id: 'u' })).toEqual({
      conversation_id: 'conv_1',
      user_id: null,
    });
  });
});

test('what no rule concerns stays as it was spelt: digits, number formats, order and repetition of keys, escapes, blanks', () => {
  const text =
    '{ "b": 1.0, "a": 12345678901234567890, "2": 1e5, "1": -0, "message": "secret", "x": "\\u00e4\\/", "b": 0.10000000000000000001 }';
  expect(redactedText([rule('mask', { fields: ['messages'] })], text)).toBe(text.replace('secret', '[redacted]'));
  const body = new TextEncoder().encode(text);
  expect(makeRedaction({ rules: [rule('mask', { fields: ['tools'] })], hash }).payload(body, 'conv_1')).toBe(body);
});

describe('headers', () => {
  test('lose their values without any rule, wherever they stand: as an object, as a list, in a text that is JSON', () => {
    const secret = 'Bearer abc';
    const payload = {
      tool_details: { headers: { Authorization: secret, 'X-Count': 3, none: null }, url: 'https://example.com' },
      request_headers: [{ name: 'Cookie', value: secret, more: { deep: secret } }, secret],
      ResponseHeaders: secret,
      result_value: JSON.stringify({ echoed: { headers: { authorization: [secret] } } }),
    };
    const text = redacted([], payload);
    expect(text).not.toContain('abc');
    expect(JSON.parse(text)).toEqual({
      tool_details: {
        headers: { Authorization: '[redacted]', 'X-Count': '[redacted]', none: null },
        url: 'https://example.com',
      },
      request_headers: [{ name: 'Cookie', value: '[redacted]', more: '[redacted]' }, '[redacted]'],
      ResponseHeaders: '[redacted]',
      result_value: JSON.stringify({ echoed: { headers: { authorization: '[redacted]' } } }),
    });
  });
  test('are redacted also inside what a rule keeps', () => {
    const payload = { params_as_json: JSON.stringify({ headers: { token: 'abc' } }) };
    expect(redacted([rule('keep', { fields: ['tools'] })], payload)).not.toContain('abc');
  });
});

describe('groups', () => {
  const history = JSON.stringify({ entries: [{ role: 'user', message: 'call me at +41 79 555 01 23' }] });
  const payload = {
    conversation_id: 'conv_1',
    user_id: 'user-4711-x',
    metadata: {
      phone_call: {
        type: 'twilio',
        external_number: '+41795550123',
        agent_number: '+41445550100',
        phone_number_id: 'phnum_1',
      },
      whatsapp: { whatsapp_user_id: '41795550123', recipient: { phone: '0041795550123', bsuid: 'bs_123456' } },
      features_usage: { transfer_to_number: { enabled: false } },
      feedback: { comment: 'good, says user-4711-x', type: 'thumbs' },
    },
    analysis: {
      transcript_summary: 'A caller from 41795550123.',
      data_collection_results: { email: { value: 'a@b.example', rationale: 'he said so' } },
    },
    transcript: [
      {
        role: 'user',
        message: 'call me at +41 79 555 01 23',
        tool_calls: [
          {
            type: 'webhook',
            tool_name: 'book',
            params_as_json: '{"phone":"+41795550123","n":41795550123}',
            tool_details: {
              type: 'webhook',
              method: 'POST',
              body: '{"note":"hush"}',
              webhook_details: { type: 'webhook', url: 'https://x/?hush' },
            },
          },
        ],
        tool_results: [
          {
            result_value: 'hush',
            result: { result_type: 'x', steps: [{ results: [{ result_value: 'hush', result: { reason: 'hush' } }] }] },
            dynamic_variable_updates: [
              { variable_name: 'email', old_value: 'a@b.example', new_value: 'c@d.example' },
              { variable_name: 'plan', old_value: 'one', new_value: 'two' },
            ],
          },
        ],
      },
    ],
    conversation_initiation_client_data: {
      dynamic_variables: {
        email: 'a@b.example',
        plan: 'one',
        system__caller_id: '+41795550123',
        system__agent_turns: 3,
        system__conversation_history: history,
      },
    },
  };

  test('phone numbers go everywhere: their own fields, and where somebody says them or a tool is given them', () => {
    const text = redacted([rule('mask', { fields: ['phone_numbers'] })], payload);
    expect(text).not.toMatch(/79[\s]?555|4179555|5550100/u);
    expect(text).toContain('phnum_1');
    expect(JSON.parse(text)).toMatchObject({
      metadata: { features_usage: { transfer_to_number: { enabled: false } } },
      transcript: [{ message: 'call me at [redacted]' }],
    });
  });
  test('a hashed phone number is one number in every spelling', () => {
    const text = redacted([rule('hash', { fields: ['phone_numbers'] })], payload);
    const digest = `hmac:${hash('41795550123').slice(0, 32)}`;
    expect(JSON.parse(text)).toMatchObject({
      metadata: { phone_call: { external_number: digest }, whatsapp: { whatsapp_user_id: digest } },
      transcript: [{ message: `call me at ${digest}` }],
    });
  });
  test('user ids go everywhere', () => {
    const text = redacted([rule('hash', { fields: ['user_ids'] })], payload);
    expect(text).not.toMatch(/4711|bs_123456/u);
  });
  test('messages cover the summaries, the comments and the history that repeats the transcript', () => {
    const text = redacted([rule('drop', { fields: ['messages'] })], payload);
    expect(text).not.toMatch(/call me|A caller|good, says|he said/u);
    expect(JSON.parse(text)).toMatchObject({
      conversation_initiation_client_data: { dynamic_variables: { plan: 'one' } },
    });
  });
  test('dynamic variables go with their changes, and what tells of the call stays', () => {
    const result = parsed([rule('mask', { fields: ['dynamic_variables'] })], payload);
    expect(JSON.stringify(result)).not.toMatch(/b\.example|d\.example"|"one"|"two"/u);
    expect(result).toMatchObject({
      conversation_initiation_client_data: { dynamic_variables: { system__agent_turns: 3 } },
    });
  });
  test('variables by name go with their changes, the others stay', () => {
    const result = parsed([rule('mask', { variables: ['email'] })], payload);
    expect(JSON.stringify(result)).not.toMatch(/@[bd]\.example/u);
    expect(result).toMatchObject({
      transcript: [{ tool_results: [{ dynamic_variable_updates: [{}, { old_value: 'one', new_value: 'two' }] }] }],
    });
  });
  test('collected data goes, its rationale stays to the messages', () => {
    expect(parsed([rule('drop', { fields: ['collected_data'] })], payload)).toMatchObject({
      analysis: { data_collection_results: { email: { value: null, rationale: 'he said so' } } },
    });
  });
  test('tools go with what they were given and what they gave, nested ones too; their kinds stay', () => {
    const result = parsed([rule('mask', { fields: ['tools'] })], payload);
    expect(JSON.stringify(result)).not.toContain('hush');
    expect(result).toMatchObject({
      transcript: [{ tool_calls: [{ tool_name: 'book', tool_details: { type: 'webhook', method: 'POST' } }] }],
    });
  });
  test('a path leads into a text that is JSON', () => {
    const result = parsed([rule('mask', { paths: ['transcript[].tool_calls[].params_as_json.phone'] })], payload);
    expect(result).toMatchObject({
      transcript: [{ tool_calls: [{ params_as_json: '{"phone":"[redacted]","n":null}' }] }],
    });
  });
});

test('a time or a count that equals a user id by chance stays a number', () => {
  const result = parsed([rule('mask', { fields: ['user_ids'] })], {
    user_id: '1782336379',
    metadata: { start_time_unix_secs: 1782336379 },
  });
  expect(result).toEqual({ user_id: '[redacted]', metadata: { start_time_unix_secs: 1782336379 } });
});

test('a list row is redacted like the payload, for paths of the analysis too', () => {
  const { row } = makeRedaction({ rules: [rule('mask', { paths: ['analysis.transcript_summary', 'user_id'] })], hash });
  expect(row({ transcript_summary: 'secret', status: 'done' }, 'conv_1')).toEqual({
    transcript_summary: '[redacted]',
    status: 'done',
  });
  const untouched = { status: 'done' };
  expect(row(untouched, 'conv_1')).toBe(untouched);
});

test("a proxy's envelope is passed through", () => {
  expect(
    parsed([rule('drop', { paths: ['metadata.summary'] })], {
      status: { code: 200 },
      data: { metadata: { summary: 's' } },
    }),
  ).toEqual({
    status: { code: 200 },
    data: { metadata: { summary: null } },
  });
});

test('an answer that is no JSON is kept only where nothing in it could be redacted', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const plain = makeRedaction({ rules: [], hash: null });
  const ruled = makeRedaction({ rules: [rule('mask', { fields: ['messages'] })], hash: null });
  expect(plain.evidence(encode('<html>'))).toEqual(encode('<html>'));
  expect(plain.evidence(encode('{"headers": {"a": "b'))).toEqual(encode('{"headers": "[redacted]"'));
  expect(plain.evidence(encode('x {"tool_headers" : {"a": ["b"]}, "c": 1'))).toEqual(
    encode('x {"tool_headers" : "[redacted]", "c": 1'),
  );
  expect(plain.evidence(encode('{"Headers": {"a: "b}secret"}, "c": 1'))).toEqual(encode('{"Headers": "[redacted]"'));
  expect(plain.evidence(encode(String.raw`{"params": "{\"headers\": {\"a\": \"secret`))).toEqual(
    encode(String.raw`{"params": "{\"headers\": "[redacted]"`),
  );
  expect(plain.evidence(encode(String.raw`x{"params": "{\"headers\": {\"a\": \"secret\"}}", "c": "ä"}`))).toEqual(
    encode(String.raw`x{"params": "{\"headers\": "[redacted]"", "c": "ä"}`),
  );
  expect(plain.evidence(encode(String.raw`{"\u0068eaders": {"a": "secret`))).toEqual(encode('{"[redacted]'));
  expect(ruled.evidence(encode('{"message": "half a'))).toBeNull();
  expect(ruled.evidence(encode('{"message": "whole"}'))).toEqual(encode('{"message": "[redacted]"}'));
});

test('a rule that hashes needs a key', () => {
  expect(() => makeRedaction({ rules: [rule('hash', { fields: ['messages'] })], hash: null })).toThrow('no key');
});

test('deep nesting costs no stack', () => {
  const depth = 100_000;
  const text = `${'['.repeat(depth)}{"message":"m"}${']'.repeat(depth)}`;
  expect(redactedText([rule('mask', { fields: ['messages'] })], text)).toBe(text.replace('"m"', '"[redacted]"'));
});

describe('any JSON', () => {
  const keys = fc.constantFrom('a', 'b', 'message', 'headers', 'x.y', 'ä"\\', '__proto__', '1');
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { json: anyJson } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('json'), { maxLength: 4 }),
      fc.array(fc.tuple(keys, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  /** As JSON text spells it: it has no -0. */
  const json = anyJson.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const segment = fc.oneof(
    fc.constantFrom('*', '[]', '**'),
    keys.map((key) => (/^\w+$/u.test(key) ? key : JSON.stringify(key))),
  );
  const path = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('.').replaceAll('.[]', '[]'));

  /** The same by recursion over parsed values, with nothing of the matcher: slow and obvious. */
  function slowly(
    value: unknown,
    at: readonly (string | number)[],
    pattern: readonly string[],
    inHeaders: boolean,
  ): unknown {
    const isMasked =
      inHeaders ||
      Array.from({ length: at.length + 1 }, (_, length) => at.slice(0, length)).some((part) => fits(part, pattern));
    if (Array.isArray(value)) return value.map((item, index) => slowly(item, [...at, index], pattern, false));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, slowly(item, [...at, key], pattern, false)]),
      );
    if (!isMasked || value === null || value === '') return value;
    return typeof value === 'string' ? '[redacted]' : null;
  }
  function fits(at: readonly (string | number)[], pattern: readonly string[]): boolean {
    const [first, ...rest] = pattern;
    if (first === undefined) return at.length === 0;
    if (first === '**') return fits(at, rest) || (at.length > 0 && fits(at.slice(1), pattern));
    const [here, ...below] = at;
    if (here === undefined) return false;
    const isFit = first === '*' || (first === '[]' ? typeof here === 'number' : first === here);
    return isFit && fits(below, rest);
  }
  const segmentsOf = (text: string): string[] =>
    [...text.matchAll(/\*\*|\*|\[\]|"(?:[^"\\]|\\.)*"|[^.[\]"*]+/gu)].map(([part]) =>
      part.startsWith('"') ? (JSON.parse(part) as string) : part,
    );
  const hasHeaders = (value: unknown): boolean => /headers/u.test(JSON.stringify(value));
  /** Texts that are JSON again are looked into by us and not by the slow way. */
  const isPlain = (value: unknown): boolean =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'string' && /^\s*[[{]/u.test(inner) ? undefined : inner,
    ) === JSON.stringify(value);
  test('a path masks what the slow way masks, whatever the JSON', () => {
    fc.assert(
      fc.property(json, path, (value, text) => {
        fc.pre(!hasHeaders(value) && isPlain(value));
        expect(parsed([rule('mask', { paths: [text] })], value)).toEqual(slowly(value, [], segmentsOf(text), false));
      }),
      { numRuns: 1000 },
    );
  });
  test('redacting twice is redacting once, and what comes is JSON', () => {
    fc.assert(
      fc.property(json, path, fc.constantFrom('drop', 'mask', 'hash'), (value, text, action) => {
        const rules = [
          rule(action, { paths: [text] }),
          rule(action, { fields: ['messages', 'phone_numbers', 'user_ids'] }),
        ];
        const once = redacted(rules, value);
        expect(redactedText(rules, once)).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('keys that a source spells otherwise', () => {
  const all = makeRedaction({
    rules: [{ action: 'mask', fields: [...redactionGroups], variables: ['customer_pin'], paths: ['extras.note_text'] }],
    hash: null,
  });
  test.each([
    ['{"userId":"SECRET"}'],
    ['{"USER_ID":"SECRET"}'],
    ['{"transcript":[{"Message":"SECRET"}]}'],
    ['{"transcript":[{"original-message":"SECRET"}]}'],
    ['{"metadata":{"body":{"CallerName":"SECRET"}}}'],
    ['{"metadata":{"termination_reason":"SECRET"}}'],
    ['{"metadata":{"error":{"code":1,"reason":"SECRET"}}}'],
    ['{"metadata":{"whatsapp":{"recipient":{"profile_name":"SECRET"}}}}'],
    ['{"externalNumber":"SECRET"}'],
    ['{"contactPhoneNumber":"SECRET"}'],
    ['{"m\\u0065ssage":"SECRET"}'],
    ['{"\\u0055serId":"SECRET"}'],
    ['{"tool":{"request_head\\u0065rs":{"authorization":"SECRET"}}}'],
    ['{"tool":{"request-Headers":{"authorization":"SECRET"}}}'],
    ['{"dynamicVariables":{"CustomerPin":"SECRET"}}'],
    ['{"dynamicVariableUpdates":[{"variableName":"customer_pin","newValue":"SECRET"}]}'],
    ['{"extras":{"noteText":"SECRET"}}'],
    ['{"tool_calls":[{"paramsAsJson":"{\\"q\\":\\"SECRET\\"}"}]}'],
    ['{"analysis":{"dataCollectionResults":{"a":{"value":"SECRET"}}}}'],
  ])('%s', (text) => {
    const stored = new TextDecoder().decode(all.payload(new TextEncoder().encode(text), 'conv'));
    expect(stored).not.toContain('SECRET');
    JSON.parse(stored);
  });

  test('headers are found without any rule, however they are spelt', () => {
    const none = makeRedaction({ rules: [], hash: null });
    const keys = ['head\\u0065rs', '\\u0048eaders', 'request_HEADERS', 'Head-ers', 'headers_', 'Headers -'];
    // Beside plain ones, which are found without a walk.
    for (const [key, rest] of keys.flatMap((one) => ['', ',"headers":{"a":"SECRET"}'].map((more) => [one, more]))) {
      const text = `{"a":{"${key}":{"authorization":"SECRET"}}${rest}}`;
      expect(new TextDecoder().decode(none.payload(new TextEncoder().encode(text), 'conv')), key).not.toContain(
        'SECRET',
      );
    }
  });
});

test('bytes that are no UTF-8 stay as they came beside what is redacted', () => {
  const body = Buffer.from('{"headers": {"a": "secret"}, "text": "\xff\xc3("}', 'latin1');
  const kept = Buffer.from('{"headers": {"a": "[redacted]"}, "text": "\xff\xc3("}', 'latin1');
  const redaction = makeRedaction({ rules: [], hash: null });
  expect(Buffer.from(redaction.payload(body, 'conv_1'))).toEqual(kept);
  expect(Buffer.from(redaction.evidence(body)!)).toEqual(kept);
});
