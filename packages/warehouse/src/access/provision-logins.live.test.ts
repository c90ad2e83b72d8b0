import { randomBytes } from 'node:crypto';
import { createTestDatabase, queryOnce } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { failOnWarning } from '../../test/warehouse-database.ts';
import { migrateDatabase } from '../migrate.ts';
import { provisionLogins, type WantedLogin } from './provision-logins.ts';

test('a database of a superuser is given to an owner who is none; services and readers get what is theirs', async () => {
  const created = await createTestDatabase();
  const suffix = randomBytes(4).toString('hex');
  const login = (name: string, role: WantedLogin['role']): WantedLogin => {
    const url = new URL(created.url);
    url.username = `voxport_test_${name}_${suffix}`;
    url.password = `p'a${name}`;
    return { url: url.href, role };
  };
  const owner = login('owner', 'owner');
  const [app, gateway] = [login('app', 'voxport_app'), login('gateway', 'voxport_gateway')];
  const reader = login('reader', 'voxport_bi');
  const logins = [owner, app, gateway, reader];
  onTestFinished(async () => {
    await created.drop();
    const server = new URL(created.url);
    server.pathname = '/postgres';
    for (const { url } of logins) await queryOnce(server.href, `drop role if exists ${new URL(url).username}`);
  });
  const confused = new URL(created.url);
  confused.username = 'voxport_gateway';
  await expect(
    provisionLogins({ adminUrl: created.url, logins: [owner, { url: confused.href, role: 'voxport_gateway' }] }),
  ).rejects.toThrow(/cannot be a login/u);
  // As an older Voxport left it.
  await migrateDatabase({ url: created.url, onWarning: failOnWarning });
  await Promise.all([1, 2, 3].map(() => provisionLogins({ adminUrl: created.url, logins })));
  await migrateDatabase({ url: owner.url, onWarning: failOnWarning });

  const left = await queryOnce(
    created.url,
    `select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname like 'voxport%' and c.relkind in ('r', 'p', 'v', 'S') and c.relowner <> '${new URL(owner.url).username}'::regrole`,
  );
  expect(left).toEqual([]);
  const is = `select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as strong from pg_roles where rolname = current_user`;
  for (const { url } of logins) expect(await queryOnce(url, is)).toEqual([{ strong: false }]);
  // What a later migration adds is the services' at once.
  await queryOnce(owner.url, 'create table voxport_ops.later (id int)');
  expect(await queryOnce(app.url, 'table voxport_ops.later')).toEqual([]);
  expect(await queryOnce(gateway.url, 'table voxport_ops.later')).toEqual([]);
  await queryOnce(app.url, 'select pg_advisory_xact_lock(1)');

  for (const statement of [
    'select pg_advisory_lock(1)',
    'select pg_try_advisory_xact_lock_shared(1, 2)',
    'create temp table mine ()',
    "select lo_from_bytea(0, 'x')",
    'select lo_creat(1)',
    'table voxport_ops.later',
    'create schema mine',
    'create table public.mine ()',
  ])
    await expect(queryOnce(reader.url, statement), statement).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|25006)$/u) as string,
    });
  expect(await queryOnce(reader.url, 'show statement_timeout')).toEqual([{ statement_timeout: '5min' }]);
});
