import { expect, test } from 'vitest';
import { isRunningStatus } from './running-status.ts';

test.each(['initiated', 'in-progress', 'processing', 'In_Progress', ' in progress ', 'queued', 'ringing'])(
  '%s is not over',
  (status) => expect(isRunningStatus(status)).toBe(true),
);

test.each(['done', 'failed', 'completed', 'a word of tomorrow', '', null])('%s is over', (status) =>
  expect(isRunningStatus(status)).toBe(false),
);
