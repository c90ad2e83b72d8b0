import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { environment } from './environment.ts';
import { redactEntry, redactHash, redactSettings, type RedactSettings } from './redact-config.ts';
import { sourcesFile } from './sources-file.ts';

const key = 'a key of enough characters';
const variables = { REDACT_KEY: key, SHORT_KEY: 'short' };

function read(entry: unknown): { settings: RedactSettings; problems: string[] } {
  const problems: string[] = [];
  const settings = redactSettings(redactEntry.parse(entry), environment(variables), (text) => problems.push(text));
  return { settings, problems };
}

test('a source without redact has no rules and no key', () => {
  expect(redactSettings(undefined, environment({}), () => {})).toEqual({ rules: [], key: null });
});

test('rules are read in their order, a path and paths together', () => {
  const { settings, problems } = read({
    key_env: 'REDACT_KEY',
    rules: [
      { variables: ['plan'], action: 'keep' },
      { fields: ['messages', 'tools'], action: 'mask' },
      { path: 'metadata.phone_call', paths: ['**.email'], action: 'hash' },
    ],
  });
  expect(problems).toEqual([]);
  expect(settings.rules).toEqual([
    { action: 'keep', fields: [], variables: ['plan'], paths: [] },
    { action: 'mask', fields: ['messages', 'tools'], variables: [], paths: [] },
    { action: 'hash', fields: [], variables: [], paths: ['metadata.phone_call', '**.email'] },
  ]);
  expect(redactHash(settings)?.('x')).toBe(createHmac('sha256', key).update('x').digest('hex'));
  expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain(key);
});

test.each([
  [{ rules: [{ action: 'mask' }] }, 'redact.rules[0] names nothing'],
  [{ rules: [{ path: 'a..b', action: 'mask' }] }, 'redact.rules[0]: the path "a..b" cannot be read'],
  [{ rules: [{ path: 'conversation_id', action: 'drop' }] }, 'conversation_id identifies the conversation'],
  [{ rules: [{ fields: ['user_ids'], action: 'hash' }] }, 'redact.rules[0] hashes and needs a key'],
  [{ key_env: 'NOT_SET', rules: [] }, 'the environment variable NOT_SET, named by redact.key_env, is not set'],
  [{ key_file: '/nowhere/key', rules: [] }, 'redact.key_file "/nowhere/key" cannot be read or is empty'],
  [{ key_env: 'REDACT_KEY', key_file: '/nowhere/key', rules: [] }, 'give key_env or key_file, not both'],
  [{ key_env: 'SHORT_KEY', rules: [] }, 'has 5 characters; it needs 16'],
])('%j is refused with a sentence that names the place', (entry, problem) => {
  expect(read(entry).problems).toEqual([expect.stringContaining(problem)]);
});

describe('the file', () => {
  const issuesOf = (redact: unknown): string[] => {
    const { error } = sourcesFile.safeParse({ sources: [{ name: 'a', redact }] });
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  };
  test.each([
    [{ rules: [{ fields: ['massages'], action: 'mask' }] }, 'rules.0.fields.0: must be of messages, phone_numbers'],
    [{ rules: [{ fields: ['messages'], action: 'delete' }] }, 'rules.0.action: must be one of drop, mask, hash, keep'],
    [{ rules: [{ field: 'messages', action: 'mask' }] }, 'rules.0: '],
    [{ key: 'in the file' }, 'redact: '],
  ])('refuses %j', (redact, issue) => {
    expect(issuesOf(redact)).toEqual([expect.stringContaining(issue)]);
  });
});
