import type { SimulatorOptions } from '@voxport/simulator';
import { startLoader } from '@voxport/loader';
import { makeSourcePlanner } from '@voxport/scheduler';
import { eventually } from '@voxport/testkit';
import { isRunSettled, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { secret, type SourceConfig } from '@voxport/runtime';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { everythingQueued, everythingStored } from '../../test/everything-kept.ts';
import {
  describeOnBothQueues,
  openTestContext,
  syncOnce,
  testSource,
  type OpenQueueStore,
} from '../../test/export-parts.ts';
import { openExport } from '../../test/open-export.ts';
import { runCommand } from '../../test/run-command.ts';

const wholeMonth = ['--from', '2026-08-31', '--to', '2026-10-02'];

/** A source to export from, and what is needed to erase and to look. */
async function prepared(
  openQueueStore: OpenQueueStore,
  options: SimulatorOptions,
  changes: Partial<SourceConfig> = {},
) {
  await using opened = new AsyncDisposableStack();
  const parts = opened.use(await openExport({ simulator: options, source: changes, openQueueStore }));
  const { simulator, config, context, query } = parts;
  const redis = config.queueUrl === null ? null : new Redis(config.queueUrl);
  opened.defer(() => redis?.disconnect());
  const kept = opened.move();
  const erasedIds = new Set<string>();
  return {
    simulator,
    context,
    query,
    config,
    command: (...args: string[]) => runCommand(config, args),
    ids: async (where: string) =>
      (await query(`select conversation_id as id from voxport.conversations where ${where} order by 1`)).map(({ id }) =>
        String(id),
      ),
    /** Looks for ids in every table of every schema, in raw and in the queue. */
    whereabouts: async (ids: readonly string[]) => {
      const text = (await everythingStored(context.database)) + (redis === null ? '' : await everythingQueued(redis));
      return ids.filter((id) => text.includes(id));
    },
    /** Everything at the source but what was erased stands in the tables, value for value. */
    expectTheOthers: async (erased: readonly string[]) => {
      for (const id of erased) erasedIds.add(id);
      const others = (async function* () {
        for await (const truth of simulator.truths())
          if (!erasedIds.has(String(truth.conversations['conversation_id']))) yield truth;
      })();
      return expectTablesToEqualTruth(context.database, others, 'support');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

describeOnBothQueues('erase', (openQueueStore) => {
  test('removes every trace of conversations, and neither a sync nor a backfill nor a reload brings them back', async () => {
    await using at = await prepared(openQueueStore, { conversationCount: 120, seed: 31 });
    expect((await syncOnce(at.context)).counts).toMatchObject({ loaded: 120 });
    const erased = (await at.ids('true')).filter((_, index) => index % 30 === 7);
    expect(erased).toHaveLength(4);
    await at.query(`insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message)
      values ('support', 'fetch', '${erased[0]}', 'server_error', 'about ${erased[0]}')`);
    await at.query(`update voxport_ops.schema_drift set conversation_id = '${erased[1]}'`);
    await at.query(
      `insert into voxport_ops.webhook_events (source_id, type, conversation_id, state) values ('support', 'x', '${erased[2]}', 'landed')`,
    );
    await at.query(
      `insert into voxport.initiation_failures (source_id, conversation_id) values ('support', '${erased[3]}')`,
    );
    // Wherever a text may name one, in a row that is not its own.
    const [named] = erased;
    await at.query(`update voxport_ops.sources set paused_reason = 'the answer for ${named} cannot be read'`);
    await at.query(`insert into voxport_ops.failures (source_id, stage, error_class, message)
      values ('support', 'list', 'unusable_row', 'a row cannot be read: {"conversation_id":"${named}"}')`);
    await at.query(`with alert as (
        insert into voxport_ops.alerts (fingerprint, kind, severity, title, detail, remedy, command, since, opened_at, seen_at, noticed_at)
        values ('f', 'k', 'warning', 'about ${named}', 'detail ${named}', 'remedy ${named}', 'voxport failures show ${named}', now(), now(), now(), now())
        returning alert_id)
      insert into voxport_ops.alert_deliveries (receiver, alert_id, event, severity, notice, created_at, due_at, last_error)
      select 'slack', alert_id, 'opened', 'warning', '{"text":"about ${named}","ids":["${named}"]}', now(), now(), 'not sent: ${named}' from alert`);
    expect(await at.whereabouts(erased)).toEqual(erased);

    const { exitCode, stdout } = await at.command('erase', '--conversation', ...erased, '--yes', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      conversations: 4,
      removed: {
        'voxport.conversations': 4,
        'voxport_raw.payloads': 4,
        'voxport_ops.inventory': 4,
        'voxport_ops.failures': 1,
      },
      at_source: null,
    });
    expect(await at.whereabouts(erased)).toEqual([]);
    expect(await at.expectTheOthers(erased)).toBe(116);

    // The source goes on to list them, and to change them.
    for (const id of erased) at.simulator.updateConversation(id, { tagIds: ['tag_later'] });
    expect((await syncOnce(at.context)).counts).toMatchObject({ failed: 0, pending: 0, fetched: 0 });
    expect(await at.command('backfill', ...wholeMonth)).toMatchObject({ exitCode: 0 });
    expect(await at.command('reload')).toMatchObject({ exitCode: 0 });
    expect(await at.whereabouts(erased)).toEqual([]);
    expect(await at.expectTheOthers(erased)).toBe(116);
    const verified = await at.command('verify', ...wholeMonth, '--json');
    expect(verified.exitCode, verified.stdout + verified.stderr).toBe(0);
    expect(
      await at.query(
        `select sum(missing)::int4 as missing, sum(healed)::int4 as healed from voxport_ops.verifications`,
      ),
    ).toEqual([{ missing: 0, healed: 0 }]);

    // Whoever writes in another way is bound too.
    await at.query(`insert into voxport_raw.payloads (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body)
      values ('support', '${erased[0]}', 1, 'webhook', now(), '\\x00', 2, 'identity', '{}')`);
    await at.query(
      `insert into voxport_ops.webhook_events (source_id, type, conversation_id, state) values ('support', 'y', '${erased[0]}', 'landed')`,
    );
    expect(await at.whereabouts(erased)).toEqual([]);

    const audits = await at.query(
      `select selector, selector_hash, conversations::int4, finished_at is not null as finished, source_ids from voxport_ops.erasures`,
    );
    expect(audits).toEqual([
      {
        selector: 'conversation',
        selector_hash: expect.stringMatching(/^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/u),
        conversations: 4,
        finished: true,
        source_ids: ['support'],
      },
    ]);
    expect(await at.query(`select count(*)::int4 as count from voxport_ops.erased_conversations`)).toEqual([
      { count: 4 },
    ]);
  });

  test('reaches what is in flight: a job that waits, a request under way, a payload that has landed', async () => {
    await using at = await prepared(
      openQueueStore,
      { conversationCount: 60, seed: 32, latencyMs: 150 },
      { requestsInFlight: { start: 3, max: 3 } },
    );
    const { context } = at;
    const [source] = context.sources;
    const runId = await startRun(context.database.kysely, {
      kind: 'sync',
      sourceId: 'support',
      range: null,
      filters: {},
    });
    await makeSourcePlanner(context, source!).planSync(runId);
    const worker = await startWorker(context);
    const idsIn = async (state: string): Promise<string[]> =>
      (
        await at.query(
          `select conversation_id as id from voxport_ops.inventory where state = '${state}' order by started_at desc`,
        )
      ).map(({ id }) => String(id));
    await eventually(async () => (await idsIn('fetched')).length >= 8, { what: 'some payloads to land' });
    // Nothing loads, so these three kinds are there; the newest detail requests are under way, the oldest wait.
    const [landed, wanted] = [await idsIn('fetched'), await idsIn('discovered')];
    const erased = [...landed.slice(0, 4), ...wanted.slice(0, 12), ...wanted.slice(-4)];
    const result = await at.command('erase', '--conversation', ...erased, '--yes', '--json');
    expect(result.exitCode).toBe(0);
    expect((JSON.parse(result.stdout) as { jobs: number }).jobs).toBeGreaterThan(3);

    const loader = await startLoader(context);
    await eventually(() => isRunSettled(context.database.kysely, runId), {
      what: 'the run to settle',
    });
    await worker.close();
    await loader.close();
    expect(await at.whereabouts(erased)).toEqual([]);
    expect(await at.expectTheOthers(erased)).toBe(60 - erased.length);
    expect((await syncOnce(context)).counts).toMatchObject({ failed: 0, pending: 0 });
    expect(await at.expectTheOthers(erased)).toBe(60 - erased.length);
  });

  test('beside a running export, loses nothing else and lets nothing back', async () => {
    await using at = await prepared(openQueueStore, { conversationCount: 500, seed: 33 });
    const syncing = syncOnce(at.context);
    const erased: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const some = await eventually(
        async () => {
          const rows = await at.query(
            `select conversation_id as id from voxport_ops.inventory order by md5(conversation_id || ${round}) limit 12`,
          );
          return rows.length === 12 ? rows.map(({ id }) => String(id)) : undefined;
        },
        { what: 'conversations to be listed' },
      );
      erased.push(...some);
      expect(await at.command('erase', '--conversation', ...some, '--yes')).toMatchObject({ exitCode: 0 });
      expect(await at.whereabouts([])).toEqual([]);
    }
    expect((await syncing).counts).toMatchObject({ failed: 0, pending: 0 });
    expect(await at.whereabouts(erased)).toEqual([]);
    expect(await at.expectTheOthers(erased)).toBe(500 - erased.length);
  });
});

const inPostgres: OpenQueueStore = async () => ({ queueUrl: null, [Symbol.asyncDispose]: async () => {} });

test('finds a person by user id and by telephone number in any spelling, in the tables and in what has only landed', async () => {
  await using at = await prepared(inPostgres, { conversationCount: 150, seed: 34 });
  await syncOnce(at.context);
  const [user] = await at.query(
    `select user_id as id, count(*)::int4 as count from voxport.conversations where user_id is not null group by 1 order by 2 desc, 1 limit 1`,
  );
  const [caller] = await at.query(`select external_number as number, count(*)::int4 as count from voxport.conversations
    where external_number is not null and user_id is distinct from '${String(user?.['id'])}' group by 1 order by 2 desc, 1 limit 1`);
  const ofUser = await at.ids(`user_id = '${String(user?.['id'])}'`);
  const ofCaller = await at.ids(
    `external_number = '${String(caller?.['number'])}' or dynamic_variables->>'system__caller_id' = '${String(caller?.['number'])}'`,
  );
  // One of each is back to having landed only.
  for (const id of [ofUser[0], ofCaller[0]]) {
    await at.query(
      `update voxport_raw.payloads set state = 'landed', loaded_at = null where conversation_id = '${String(id)}'`,
    );
    await at.query(`delete from voxport.conversations where conversation_id = '${String(id)}'`);
  }
  const before = Number((await at.query(`select count(*) from voxport_raw.payloads`))[0]?.['count']);
  const byUser = await at.command('erase', '--user', String(user?.['id']), '--yes', '--json');
  expect(JSON.parse(byUser.stdout)).toMatchObject({ conversations: ofUser.length });
  const spelt = String(caller?.['number'])
    .replace('+', '00 ')
    .replace(/(\d{3})$/u, ' $1');
  const byPhone = await at.command('erase', '--phone', spelt, '--yes', '--json');
  const erasedByPhone = (JSON.parse(byPhone.stdout) as { conversations: number }).conversations;
  expect(erasedByPhone).toBe(ofCaller.filter((id) => !ofUser.includes(id)).length);
  expect(await at.whereabouts([...ofUser, ...ofCaller])).toEqual([]);
  expect(await at.query(`select 1 from voxport_raw.payloads`)).toHaveLength(before - ofUser.length - erasedByPhone);
  expect(await at.whereabouts([String(user?.['id'])])).toEqual([]);
});

test.each([
  {
    by: 'digests of what a newer version replaced',
    without: `delete from voxport_raw.payloads where observed_at < (select max(observed_at) from voxport_raw.payloads)`,
    whom: 'phone',
  },
  { by: 'an older payload', without: 'delete from voxport_ops.replaced_identities', whom: 'phone' },
  { by: 'an older payload', without: 'delete from voxport_ops.replaced_identities', whom: 'user' },
  {
    by: 'digests of what a newer version replaced',
    without: `delete from voxport_raw.payloads where observed_at < (select max(observed_at) from voxport_raw.payloads)`,
    whom: 'user',
  },
] as const)('finds a person whose identity the source has removed since, by $by ($whom)', async ({ without, whom }) => {
  await using at = await prepared(inPostgres, { conversationCount: 40, seed: 38 });
  await syncOnce(at.context);
  const [caller] =
    await at.query(`select conversation_id as id, external_number as number, user_id from voxport.conversations
    where external_number is not null and user_id is not null order by 1 limit 1`);
  const [id, number, user] = [String(caller?.['id']), String(caller?.['number']), String(caller?.['user_id'])];
  const isMeant = whom === 'user' ? `user_id = '${user}'` : `external_number = '${number}'`;
  const others = await at.ids(`conversation_id <> '${id}' and ${isMeant}`);
  const redactedAtSource = (at.simulator.detailText(id) ?? '')
    .replaceAll(JSON.stringify(user), 'null')
    .replaceAll(JSON.stringify(number), 'null');
  at.simulator.updateConversation(id, { tagIds: ['tag_later'] });
  at.simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: id },
      action: { do: 'status', status: 200, body: redactedAtSource, contentType: 'application/json' },
    },
  ]);
  expect(await at.command('backfill', ...wholeMonth)).toMatchObject({ exitCode: 0 });
  expect(
    await at.query(`select user_id, external_number from voxport.conversations where conversation_id = '${id}'`),
  ).toEqual([{ user_id: null, external_number: null }]);
  expect(await at.query(`select 1 from voxport_raw.payloads where conversation_id = '${id}'`)).toHaveLength(2);

  expect((await at.query('select 1 from voxport_ops.replaced_identities')).length).toBeGreaterThanOrEqual(3);
  await at.query(without);
  const spelling = whom === 'user' ? user : number.replace('+', '00').replace(/(\d{3})$/u, ' $1');
  const erased = await at.command('erase', `--${whom}`, spelling, '--yes', '--json');
  expect(JSON.parse(erased.stdout)).toMatchObject({ conversations: 1 + others.length });
  expect(await at.whereabouts([id, ...others])).toEqual([]);
  expect(await at.query('select 1 from voxport_ops.replaced_identities')).toEqual([]);
});

test('finds a person whose number is hashed, by the key of the rules; and hashes the audit with it', async () => {
  const redact: SourceConfig['redact'] = {
    key: secret('a key of the rules of this test'),
    rules: [{ action: 'hash', fields: ['phone_numbers', 'user_ids'], variables: [], paths: [] }],
  };
  await using at = await prepared(inPostgres, { conversationCount: 80, seed: 35 }, { redact });
  await syncOnce(at.context);
  const phones = new Map<string, string>();
  for await (const truth of at.simulator.truths()) {
    const number = truth.conversations['external_number'];
    if (typeof number === 'string') phones.set(String(truth.conversations['conversation_id']), number);
  }
  const [[id, number] = ['', '']] = phones;
  expect(await at.whereabouts([number])).toEqual([]);
  const result = await at.command('erase', '--phone', number, '--yes', '--json');
  expect((JSON.parse(result.stdout) as { conversations: number }).conversations).toBeGreaterThan(0);
  expect(await at.whereabouts([id])).toEqual([]);
  expect(await at.query(`select selector_hash from voxport_ops.erasures`)).toEqual([
    { selector_hash: expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/u) },
  ]);
});

test('erases everything before a time', async () => {
  await using at = await prepared(inPostgres, { conversationCount: 100, seed: 36 });
  await syncOnce(at.context);
  const erased = await at.ids(`started_at < '2026-09-11Z'`);
  expect(erased.length).toBeGreaterThan(10);
  expect(await at.command('erase', '--before', '2026-09-11', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await at.whereabouts(erased)).toEqual([]);
  expect(await at.command('backfill', ...wholeMonth)).toMatchObject({ exitCode: 0 });
  expect(await at.expectTheOthers(erased)).toBe(100 - erased.length);
});

test('deletes at the source too, takes what is gone there for done, and says what it could not delete', async () => {
  await using at = await prepared(inPostgres, { conversationCount: 30, seed: 37 });
  await syncOnce(at.context);
  const [first = '', second = '', third = '', fourth = ''] = await at.ids('true');
  at.simulator.updateConversation(second, { isDeleted: true });
  at.simulator.setFaults([
    {
      match: { endpoint: 'delete', conversationId: third },
      action: { do: 'status', status: 400, body: { detail: 'no' } },
    },
    { match: { endpoint: 'delete', conversationId: first }, times: 2, action: { do: 'rate_limit' } },
  ]);
  const result = await at.command('erase', '--conversation', first, second, third, '--at-source', '--yes', '--json');
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({
    conversations: 3,
    at_source: [{ source: 'support', deleted: 1, not_found: 1, failed: 1 }],
  });
  expect(result.stdout).not.toContain(third);
  expect(result.stderr).toContain(third);
  expect(at.simulator.truth(first)).toBeNull();
  expect(await at.whereabouts([first, second, third])).toEqual([]);
  expect(await at.query(`select at_source from voxport_ops.erasures`)).toEqual([
    { at_source: { deleted: 1, not_found: 1, failed: 1 } },
  ]);

  // What is still there is asked for again by its id, though nothing here knows it any more.
  at.simulator.setFaults([]);
  expect(await at.command('erase', '--conversation', third, '--at-source', '--yes')).toMatchObject({ exitCode: 0 });
  expect(at.simulator.truth(third)).toBeNull();

  at.simulator.setFaults([{ match: { endpoint: 'delete' }, action: { do: 'unauthorized' } }]);
  const refused = await at.command('erase', '--conversation', fourth, '--at-source', '--yes', '--json');
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('401') as string });
  expect(await at.whereabouts([fourth])).toEqual([]);
});

test('asks before it erases, needs --yes where nobody can answer, and refuses what makes no sense', async () => {
  await using at = await prepared(inPostgres, { conversationCount: 10, seed: 38 });
  await syncOnce(at.context);
  const [id = ''] = await at.ids('true');
  const problem = (...args: string[]): Promise<string> => at.command(...args).then(JSON.stringify, String);
  expect(await problem('erase', '--conversation', id)).toContain('add --yes');
  expect(await problem('erase', '--yes')).toContain('exactly one of');
  expect(await problem('erase', '--user', 'a', '--phone', '+41795550123', '--yes')).toContain('exactly one of');
  expect(await problem('erase', '--phone', '123', '--yes')).toContain('country code');
  expect(await problem('erase', '--conversation', id, '--yes', '--source', 'nobody')).toContain(
    '"nobody" is not known',
  );
  const questions: string[] = [];
  const answering = (answer: string) =>
    runCommand(at.config, ['erase', '--conversation', id], {
      ask: async (question) => {
        questions.push(question);
        return answer;
      },
    });
  expect(await answering('no')).toMatchObject({ exitCode: 1 });
  expect(questions[0]).toContain('Erase 1 conversations here?');
  expect(await at.whereabouts([id])).toEqual([id]);
  expect(await at.query(`select 1 from voxport_ops.erasures`)).toEqual([]);
  expect(await answering('yes')).toMatchObject({ exitCode: 0 });
  expect(await at.whereabouts([id])).toEqual([]);
});

test('refuses to delete at a proxy, which has no deletion', async () => {
  await using at = await prepared(inPostgres, { conversationCount: 3, seed: 39 });
  const proxy = testSource(at.simulator.voiceableUrl, { dialect: 'voiceable' });
  const config = { ...at.config, sources: [proxy] };
  await using opened = await openTestContext(config);
  await syncOnce(opened.context);
  const ids = await at.ids('true');
  await expect(runCommand(config, ['erase', '--conversation', ids[0]!, '--at-source', '--yes'])).rejects.toThrow(
    'speaks voiceable, which has no deletion',
  );
  expect(await at.whereabouts([ids[0]!])).toEqual([ids[0]]);
});
