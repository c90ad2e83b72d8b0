import { expect, test } from 'vitest';
import { parsePostmasterFile } from './postmaster-file.ts';

const complete = '6762\n/data/cluster\n1795255969\n24999\n/data\n127.0.0.1\n  9979118         9\nready   \n';

test('reads pid, port, socket directory and status of a server that is ready', () => {
  expect(parsePostmasterFile(complete)).toEqual({ pid: 6762, port: 24_999, socketDir: '/data', status: 'ready' });
});

test('gives null for what a starting server has not written yet', () => {
  expect(parsePostmasterFile('6762\n/data/cluster\n1795255969\n')).toEqual({
    pid: 6762,
    port: null,
    socketDir: null,
    status: null,
  });
});

test('knows that a server without unix socket leaves the line empty', () => {
  expect(parsePostmasterFile(complete.replace('\n/data\n', '\n\n'))?.socketDir).toBeNull();
});

test.each(['', '\n', 'x\n', '-4\n', '0\n'])('does not take %j for a process id', (text) => {
  expect(parsePostmasterFile(text)).toBeNull();
});
