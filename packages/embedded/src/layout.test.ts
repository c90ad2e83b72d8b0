import { expect, test } from 'vitest';
import { layoutOf, socketDirOf } from './layout.ts';

test('puts the unix socket into the data directory', () => {
  expect(socketDirOf(layoutOf('/srv/voxport'), 'linux')).toBe('/srv/voxport');
});

test('does without unix socket where the path exceeds what the system holds', () => {
  const fits = `/${'d'.repeat(106 - 1 - '/.s.PGSQL.65535'.length)}`;
  expect(socketDirOf(layoutOf(fits), 'linux')).toBe(fits);
  expect(socketDirOf(layoutOf(`${fits}d`), 'linux')).toBeNull();
  expect(socketDirOf(layoutOf(fits), 'darwin')).toBeNull();
});

test('counts bytes, not characters', () => {
  expect(socketDirOf(layoutOf(`/${'ü'.repeat(60)}`), 'linux')).toBeNull();
});

test('knows no unix socket on Windows', () => {
  expect(socketDirOf(layoutOf('/short'), 'win32')).toBeNull();
});
