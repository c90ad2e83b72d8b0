import { randomBytes } from 'node:crypto';
import { createTestDatabase, createTestLogin } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { runQuery } from '@voxport/warehouse';
import { runCommandIn } from '../../test/run-command.ts';
import { openDatabase } from '../../test/voxport.ts';

test('one command holds readers to their sources, and one lets them read all again', async () => {
  const created = await createTestDatabase();
  const suffix = randomBytes(4).toString('hex');
  const login = (name: string): string => {
    const url = new URL(created.url);
    url.username = `voxport_test_${name}_${suffix}`;
    url.password = name;
    return url.href;
  };
  const env = { DATABASE_URL: login('service'), DATABASE_OWNER_URL: login('owner') };
  const ask = (...args: string[]) => runCommandIn(env, ['readers', ...args]);
  const admin = await openDatabase(created.url);
  onTestFinished(async () => {
    await created.drop();
    const server = await createTestDatabase();
    const { kysely } = await openDatabase(server.url);
    for (const url of Object.values(env)) await runQuery(kysely, `drop role if exists ${new URL(url).username}`);
    await server.drop();
  });
  await runCommandIn({ ...env, DATABASE_ADMIN_URL: created.url }, ['migrate']);
  const reader = await createTestLogin(created.url, 'voxport_bi');
  const name = new URL(reader).username;
  for (const source of ['acme', 'globex']) {
    await runQuery(
      admin.kysely,
      `insert into voxport.conversations (source_id, conversation_id, status, first_seen_at, exported_at, observed_at, origin)
       values ('${source}', 'conv', 'done', now(), now(), now(), 'poll')`,
    );
  }
  const seen = async (): Promise<unknown[]> => {
    const { stdout } = await runCommandIn({ ...env, DATABASE_READER_URL: reader }, [
      'query',
      '--json',
      'select source_id from voxport.conversations order by 1',
    ]);
    return (JSON.parse(stdout) as { source_id: unknown }[]).map((row) => row.source_id);
  };
  expect(await seen()).toEqual(['acme', 'globex']);
  expect((await ask()).stdout).toMatch(/^Every reader sees every source/u);
  expect(JSON.parse((await ask('grant', name, 'acme', '--json')).stdout)).toMatchObject({
    by_source: false,
    readers: expect.arrayContaining([{ reader: name, source_ids: ['acme'] }]),
  });
  expect((await ask('on')).stdout).toContain(`  ${name}: acme`);
  expect(await seen()).toEqual(['acme']);
  await ask('grant', name, '*');
  expect(await seen()).toEqual(['acme', 'globex']);
  await ask('revoke', name, '*', 'acme');
  expect(await seen()).toEqual([]);
  expect((await ask('off')).stdout).toMatch(/^Every reader sees every source/u);
  expect(await seen()).toEqual(['acme', 'globex']);
  await expect(ask('grant', name)).rejects.toThrow(/takes a login and the sources/u);
  // As the services alone nobody switches it.
  await expect(runCommandIn({ DATABASE_URL: env.DATABASE_URL }, ['readers', 'on'])).rejects.toThrow(
    /DATABASE_OWNER_URL/u,
  );
}, 120_000);
