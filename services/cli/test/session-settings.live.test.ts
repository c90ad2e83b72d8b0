import { pastMonth, startSimulator } from '@voxport/simulator';
import { createTestDatabase, createTestLogin, queryOnce, testPostgresUrl } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { testApiKey, testSource } from './export-parts.ts';
import { jsonOf, makeRunCommand } from './make-run-command.ts';

/**
 * What a database, or a role, may have by default: each changes what a statement means, how a value is written, or how
 * long anything may take.
 */
const strange: readonly string[] = [
  "IntervalStyle = 'sql_standard'",
  "TimeZone = 'Asia/Kathmandu'",
  'search_path = nowhere, elsewhere',
  'standard_conforming_strings = off',
  "bytea_output = 'escape'",
  'extra_float_digits = -15',
  'array_nulls = off',
  'transform_null_equals = on',
  "default_transaction_isolation = 'serializable'",
  'default_transaction_deferrable = on',
  "statement_timeout = '1s'",
  "lock_timeout = '1s'",
  "client_encoding = 'LATIN1'",
];

/**
 * Migrates and exports one workspace by the commands, on a database prepared by `prepare`, which gives the URL to use;
 * resolves with what it holds.
 */
async function exportTo(apiUrl: string, prepare: (url: string, name: string) => Promise<string>): Promise<unknown[]> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const databaseUrl = await prepare(database.url, database.name);
  const run = makeRunCommand({ databaseUrl, queueUrl: null, sources: [testSource(apiUrl)] });
  expect(await run('migrate')).toMatchObject({ exitCode: 0 });
  expect(jsonOf(await run('sync', '--json'))).toMatchObject({ state: 'finished' });
  expect(jsonOf(await run('doctor', '--json'))).toMatchObject({ ok: true });
  expect(await run('status')).toMatchObject({ exitCode: 0, stderr: '' });
  await admin(`alter database "${database.name}" reset all`);
  return queryOnce(
    database.url,
    `select to_jsonb(c) - 'exported_at' - 'first_seen_at' - 'observed_at' as conversation,
            (select count(*) from voxport.transcript_turns t where t.conversation_id = c.conversation_id) as turns
     from voxport.conversations c order by conversation_id`,
  );
}

function admin(statement: string): Promise<unknown> {
  return queryOnce(testPostgresUrl(), statement);
}

test('a database, or a role, with other defaults: it migrates, exports and reads the same, and doctor finds it in order', async () => {
  await using simulator = await startSimulator({ conversationCount: 30, seed: 5, apiKey: testApiKey, ...pastMonth });
  const plain = await exportTo(simulator.url, async (url) => url);
  expect(plain.length).toBe(30);
  const byDatabase = await exportTo(simulator.url, async (url, name) => {
    for (const setting of [...strange, "DateStyle = 'German'"]) await admin(`alter database "${name}" set ${setting}`);
    return url;
  });
  expect(byDatabase).toEqual(plain);
  const byRole = await exportTo(simulator.url, async (url, name) => {
    const login = await createTestLogin(url, null);
    const role = new URL(login).username;
    await admin(`grant create, temporary on database "${name}" to "${role}"`);
    for (const setting of [...strange, "DateStyle = 'SQL, DMY'"]) await admin(`alter role "${role}" set ${setting}`);
    return login;
  });
  expect(byRole).toEqual(plain);
});
