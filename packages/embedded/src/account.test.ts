import { expect, test } from 'vitest';
import { parseAccount } from './account.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\ntoor::0:5::/:/bin/sh\n';

test('finds an account and its group', () => {
  expect(parseAccount(passwd, 'postgres')).toEqual({ kind: 'user', name: 'postgres', uid: 101, gid: 104 });
});

test('knows no account that is absent, and none with the id of root', () => {
  expect(parseAccount(passwd, 'nobody')).toBeNull();
  expect(parseAccount(passwd, 'toor')).toBeNull();
});
