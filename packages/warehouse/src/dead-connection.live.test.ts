import { createTestDatabase } from '@voxport/testkit';
import { startProxy } from '@voxport/testkit/proxy';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connectDatabase } from './database.ts';
import { isRetryableDatabaseError } from './load/database-errors.ts';

test('a connection that swallows what it is sent is given up: the statement fails as one that may be tried again, and the next one has a new connection', async () => {
  await using created = await createTestDatabase();
  const proxy = await startProxy(Number(new URL(created.url).port));
  await using database = connectDatabase({
    url: Object.assign(new URL(created.url), { host: `127.0.0.1:${proxy.port}` }).href,
    poolSizeMax: 1,
    applicationName: 'voxport-test',
    onPoolError: () => {},
    silenceTimeoutMs: 300,
  });
  const ask = (): Promise<unknown> => sql`select 1 as one`.execute(database.kysely);
  await ask();
  expect(proxy.swallow()).toBe(1);
  const error = await ask().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ETIMEDOUT' });
  expect(isRetryableDatabaseError(error)).toBe(true);
  expect(await ask()).toMatchObject({ rows: [{ one: 1 }] });
  // A statement that takes longer than the silence allows would be given up too: that is why the default is longer than
  // the statement time-out.
  await expect(sql`select pg_sleep(2)`.execute(database.kysely)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await database.close();
  await proxy.close();
});
