import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pastMonth, startSimulator } from '@voxport/simulator';
import { createTestRedis, describeWithRedis, eventually } from '@voxport/testkit';
import { decodeBody, runQuery, type Database } from '@voxport/warehouse';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWarehouse, testApiKey } from './export-parts.ts';
import { everythingQueued, everythingStored } from './everything-kept.ts';
import { personalValues } from './personal-values.ts';
import { openDatabase, startVoxport } from './voxport.ts';

const allGroups = 'messages, phone_numbers, user_ids, dynamic_variables, collected_data, tools, overrides';
const secretKey = 'a key for the digests of this test';

async function countRows({ kysely }: Database, table: string): Promise<number> {
  return Number((await runQuery(kysely, `select count(*) as count from ${table}`))[0]?.['count']);
}

/** The values that stand somewhere in a text, as they are or as JSON spells them. */
function foundIn(text: string, values: Iterable<string>): string[] {
  return [...values].filter((value) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)));
}

async function syncEverything(options: { queueUrl: string | null; rules: readonly string[] }) {
  const simulator = await startSimulator({
    conversationCount: 80,
    seed: 21,
    apiKey: testApiKey,
    voiceableRows: 'mixed',
    latencyMs: 10,
    ...pastMonth,
  });
  onTestFinished(() => simulator.close());
  const values = personalValues(simulator);
  const leak = 'a text of an answer without an id';
  simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: simulator.conversationIdAt(3) },
      action: { do: 'status', status: 200, body: { message: leak, user_id: 'user-of-a-broken-answer' } },
    },
  ]);
  const warehouse = await createWarehouse();
  onTestFinished(() => warehouse.drop());
  const directory = await mkdtemp(join(tmpdir(), 'voxport-redaction-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const config = join(directory, 'sources.yaml');
  const redact = `redact: { key_env: REDACT_KEY, rules: [${options.rules.join(', ')}] }`;
  await writeFile(
    config,
    `sources:
  - { name: direct, api_key_env: KEY, base_url: "${simulator.url}", ${redact} }
  - { name: proxy, dialect: voiceable, api_key_env: KEY, base_url: "${simulator.voiceableUrl}", ${redact} }
`,
  );
  const database = await openDatabase(warehouse.url);
  const syncing = startVoxport(['sync', '--json'], {
    VOXPORT_CONFIG: config,
    KEY: testApiKey,
    REDACT_KEY: secretKey,
    DATABASE_URL: warehouse.url,
    LOG_LEVEL: 'trace',
    ...(options.queueUrl === null ? {} : { QUEUE_URL: options.queueUrl }),
  });
  let isDone = false;
  const ended = syncing.exited.finally(() => (isDone = true));
  return {
    simulator,
    values: new Set([...values, leak, 'user-of-a-broken-answer']),
    database,
    syncing,
    ended,
    isDone: () => isDone,
  };
}

function expectEverythingRedacted(texts: readonly string[], values: ReadonlySet<string>): void {
  expect(values.size).toBeGreaterThan(800);
  const text = texts.join('\n');
  expect(foundIn(text, values)).toEqual([]);
  expect(text).not.toContain(secretKey);
  expect(text).not.toContain(testApiKey);
}

async function expectExported(database: Database, log: string): Promise<void> {
  const counts = await runQuery(
    database.kysely,
    `select source_id, count(*)::int4 as conversations, count(started_at)::int4 as started, count(agent_id)::int4 as agents,
       (select count(*)::int4 from voxport.transcript_turns t where t.source_id = c.source_id and role is not null) > 500 as turns
     from voxport.conversations c group by 1 order by 1`,
  );
  expect(counts, log).toEqual([
    { source_id: 'direct', conversations: 79, started: 79, agents: 79, turns: true },
    { source_id: 'proxy', conversations: 79, started: 79, agents: 79, turns: true },
  ]);
}

describe('with all rules, nothing that a person said or is stands anywhere', () => {
  test('masked, queue in Postgres: in no table of any schema, no raw payload, no failure, no log', async () => {
    const run = await syncEverything({ queueUrl: null, rules: [`{ fields: [${allGroups}], action: mask }`] });
    const seen: string[] = [];
    await eventually(async () => (await countRows(run.database, 'voxport.conversations')) > 20, {
      what: 'some loads',
    });
    seen.push(await everythingStored(run.database));
    expect((await run.ended).code, run.syncing.stderr.join('\n').slice(-2000)).toBe(1);
    seen.push(await everythingStored(run.database), ...run.syncing.stdout, ...run.syncing.stderr);
    expectEverythingRedacted(seen, run.values);
    expect(run.syncing.stderr.length).toBeGreaterThan(0);
    await expectExported(run.database, run.syncing.stderr.slice(-5).join('\n'));
    expect(
      await runQuery(
        run.database.kysely,
        `select error_class, count(*)::int4 as count from voxport_ops.failures group by 1`,
      ),
    ).toEqual([{ error_class: 'incomplete_payload', count: 2 }]);
  });

  test('dropped: the rows stand, without what was dropped', async () => {
    const run = await syncEverything({ queueUrl: null, rules: [`{ fields: [${allGroups}], action: drop }`] });
    expect((await run.ended).code, run.syncing.stderr.join('\n').slice(-2000)).toBe(1);
    expectEverythingRedacted([await everythingStored(run.database), ...run.syncing.stderr], run.values);
    await expectExported(run.database, run.syncing.stderr.slice(-5).join('\n'));
    expect(
      await runQuery(run.database.kysely, `select 1 from voxport.transcript_turns where message is not null limit 1`),
    ).toEqual([]);
  });
});

describeWithRedis('with all rules, hashed, queue on Redis', () => {
  test('no original stands in any key of Redis either, and equal values have equal digests', async () => {
    await using store = await createTestRedis();
    const redis = new Redis(store.url);
    onTestFinished(() => redis.disconnect());
    const run = await syncEverything({ queueUrl: store.url, rules: [`{ fields: [${allGroups}], action: hash }`] });
    const seen: string[] = [];
    while (!run.isDone()) {
      const queued = await everythingQueued(redis);
      if (queued.length > (seen[0] ?? '').length) seen[0] = queued;
    }
    expect((await run.ended).code, run.syncing.stderr.join('\n').slice(-2000)).toBe(1);
    expect(seen.join('').length).toBeGreaterThan(10_000);
    seen.push(
      await everythingQueued(redis),
      await everythingStored(run.database),
      ...run.syncing.stdout,
      ...run.syncing.stderr,
    );
    expectEverythingRedacted(seen, run.values);
    await expectExported(run.database, run.syncing.stderr.slice(-5).join('\n'));
    const users = await runQuery(
      run.database.kysely,
      `select distinct user_id from voxport.conversations where user_id is not null`,
    );
    expect(users.length).toBeGreaterThan(5);
    for (const { user_id: id } of users) expect(id).toMatch(/^hmac:[0-9a-f]{32}$/u);
    expect(
      await runQuery(
        run.database.kysely,
        `select 1 from voxport.conversations where external_number is distinct from dynamic_variables->>'system__caller_id' and external_number is not null
         and dynamic_variables->>'system__caller_id' is not null limit 1`,
      ),
    ).toEqual([]);
  });
});

test('without any rule, headers are redacted in raw too, and everything else is as the source sent it', async () => {
  const run = await syncEverything({ queueUrl: null, rules: [] });
  expect((await run.ended).code, run.syncing.stderr.join('\n').slice(-2000)).toBe(1);
  const payloads = await runQuery(
    run.database.kysely,
    `select conversation_id as id, encoding, body, size_bytes::int4 as size from voxport_raw.payloads where source_id = 'direct' and state = 'loaded'`,
  );
  let redactedCount = 0;
  for (const { id, encoding, body, size } of payloads) {
    const stored = Buffer.from(
      await decodeBody({ encoding: String(encoding), body: body as Buffer, sizeBytes: Number(size) }),
    ).toString();
    const sent = run.simulator.detailText(String(id)) ?? '';
    // A header's value is the only difference.
    const masked = sent.replaceAll(/"headers":\{[^{}]*\}/gu, (headers) =>
      headers.replaceAll(/:"[^"]*"/gu, ':"[redacted]"'),
    );
    expect(stored).toBe(masked);
    if (stored !== sent) redactedCount += 1;
  }
  expect(payloads).toHaveLength(79);
  expect(redactedCount).toBeGreaterThan(10);
});
