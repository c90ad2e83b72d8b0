import { expect, test } from 'vitest';
import { psqlCommandOf } from './connection.ts';

test('names the file with the password instead of the password', () => {
  expect(psqlCommandOf('/srv/v/cluster/voxport.pgpass', 20_001, 'linux')).toBe(
    'PGPASSFILE=/srv/v/cluster/voxport.pgpass psql -h 127.0.0.1 -p 20001 -U voxport voxport',
  );
});

test('quotes a path for the shell that will read it', () => {
  expect(psqlCommandOf("/home/o'hara my/p", 1, 'linux')).toMatch(/^PGPASSFILE='\/home\/o'\\''hara my\/p' psql /u);
  expect(psqlCommandOf(String.raw`C:\My data\p`, 1, 'win32')).toMatch(/^set "PGPASSFILE=C:\\My data\\p" && psql /u);
});
