import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { locateBinaries } from './binaries.ts';
import { EmbeddedPostgresFailure } from './failure.ts';

test('finds the three programs of this platform', () => {
  const binaries = locateBinaries();
  expect([binaries.initdb, binaries.pgCtl, binaries.postgres].map((path) => existsSync(path))).toEqual([
    true,
    true,
    true,
  ]);
  expect(binaries.majorVersion).toBe(18);
});

test('says what to do on a platform without binaries', () => {
  expect(() => locateBinaries('freebsd', 'x64')).toThrowError(EmbeddedPostgresFailure);
  expect(() => locateBinaries('freebsd', 'x64')).toThrowError(/freebsd x64.*DATABASE_URL/u);
});
