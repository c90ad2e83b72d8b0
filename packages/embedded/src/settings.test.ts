import { expect, test } from 'vitest';
import { settingsText } from './settings.ts';

const base = { port: 20_123, socketDir: '/data', totalMemoryBytes: 8 * 1024 ** 3, tuning: 'default' } as const;

test('listens on the loopback address only', () => {
  expect(settingsText(base)).toContain("listen_addresses = '127.0.0.1'\nport = 20123\n");
});

test('keeps what a commit promises unless it is for tests', () => {
  expect(settingsText(base)).not.toMatch(/fsync|full_page_writes|synchronous_commit/u);
  expect(settingsText({ ...base, tuning: 'test' })).toMatch(/^fsync = 'off'\nfull_page_writes = 'off'$/mu);
});

test('takes less memory on a small machine', () => {
  expect(settingsText(base)).toContain("shared_buffers = '256MB'");
  expect(settingsText({ ...base, totalMemoryBytes: 2 * 1024 ** 3 })).toContain("shared_buffers = '128MB'");
});

test('quotes a directory that holds an apostrophe', () => {
  expect(settingsText({ ...base, socketDir: "/home/o'hara" })).toContain("unix_socket_directories = '/home/o''hara'");
});

test('switches the unix socket off where there is none', () => {
  expect(settingsText({ ...base, socketDir: null })).toContain("unix_socket_directories = ''");
});
