import { expect, test } from 'vitest';
import { makeLogger } from './logger.ts';

test('an error is logged with its kind, its code and its place, and without what a database or a parser quotes in it', () => {
  const lines: string[] = [];
  const logger = makeLogger({
    level: 'info',
    service: 'test',
    isTerminal: true,
    writeLine: (text) => void lines.push(text),
  });
  const refused = Object.assign(new Error('invalid input syntax for type numeric: "Jane Doe"'), {
    code: '22P02',
    detail: 'Key (user_id)=(Jane Doe) already exists.',
    where: 'JSON data, line 1: {"name": "Jane Doe"}',
    body: Buffer.from('Jane Doe'),
  });
  logger.error({ err: new Error('outer', { cause: refused }) }, 'it failed');
  logger.error({ err: refused }, 'it failed');
  const text = lines.join('\n');
  expect(text).not.toContain('Jane');
  expect(text).toContain('22P02');
  expect(text).toContain('logger.test.ts');
});
