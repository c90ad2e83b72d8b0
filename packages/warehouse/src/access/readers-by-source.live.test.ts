import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createTestLogin } from '@voxport/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWarehouse, failOnWarning, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { connectDatabase, type Database } from '../database.ts';
import { migrateDatabase } from '../migrate.ts';
import { provisionLogins } from './provision-logins.ts';
import { areReadersBySource, grantSources, holdReadersToSources, revokeSources } from './readers-by-source.ts';

let warehouse: WarehouseDatabase;
let ownerUrl: string;
let owner: Database;
beforeAll(async () => {
  warehouse = await createWarehouse();
  const url = new URL(warehouse.url);
  url.username = `voxport_test_owner_${randomBytes(4).toString('hex')}`;
  url.password = 'owner';
  ownerUrl = url.href;
  await provisionLogins({ adminUrl: warehouse.url, logins: [{ url: ownerUrl, role: 'owner' }] });
  owner = connectDatabase({ url: ownerUrl, poolSizeMax: 2, applicationName: 'test', onPoolError: () => {} });
});
afterAll(async () => {
  await owner.close();
  await warehouse[Symbol.asyncDispose]();
  const server = new URL(warehouse.url);
  server.pathname = '/postgres';
  await rowsAs(server.href, `drop role if exists ${loginOf(ownerUrl)}`);
});

async function rowsAs(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(query)).rows;
  } finally {
    await client.end();
  }
}

const loginOf = (url: string): string => decodeURIComponent(new URL(url).username);

/** A conversation, a turn and a listed call of each of two sources. */
async function fill(): Promise<void> {
  for (const source of ['acme', 'globex']) {
    await rowsAs(
      warehouse.url,
      `insert into voxport_ops.sources (source_id, dialect, base_url) values ('${source}', 'elevenlabs', 'https://x');
       insert into voxport.conversations (source_id, conversation_id, agent_id, started_at, status, first_seen_at, exported_at, observed_at, origin)
         values ('${source}', 'conv_${source}', 'agent', now() - interval '1 day', 'done', now(), now(), now(), 'poll');
       insert into voxport.transcript_turns (source_id, conversation_id, turn_index, role, message) values ('${source}', 'conv_${source}', 0, 'user', 'of ${source}')`,
    );
  }
}

/** The sources that each table and view of a schema gives a login, where it gives any row at all. */
async function sourcesSeen(url: string, schema: string): Promise<Record<string, string[]>> {
  const relations = await rowsAs(
    warehouse.url,
    `select table_name as name from information_schema.columns where table_schema = '${schema}' and column_name = 'source_id' order by 1`,
  );
  const seen: Record<string, string[]> = {};
  for (const { name } of relations) {
    const rows = await rowsAs(url, `select distinct source_id from ${schema}.${String(name)} order by 1`);
    if (rows.length > 0) seen[String(name)] = rows.map((row) => String(row['source_id']));
  }
  return seen;
}

test('is refused where the owner is a superuser, whose views no policy reaches', async () => {
  await using other = await createWarehouse();
  await expect(holdReadersToSources(other.database.kysely, true)).rejects.toThrow(
    /is a superuser.*DATABASE_ADMIN_URL/u,
  );
  expect(await areReadersBySource(other.database.kysely)).toBe(false);
});

test('off, a reader sees every source; on, the sources granted to it, in every table and view, until it is off again', async () => {
  await fill();
  const { kysely } = owner;
  const [tenant, restricted, central, service] = [
    await createTestLogin(warehouse.url, 'voxport_bi'),
    await createTestLogin(warehouse.url, 'voxport_bi_restricted'),
    await createTestLogin(warehouse.url, 'voxport_bi'),
    await createTestLogin(warehouse.url, 'voxport_app'),
  ];
  const both = await sourcesSeen(tenant, 'voxport');
  expect(Object.keys(both)).toEqual(
    expect.arrayContaining([
      'conversations',
      'transcript_turns',
      'conversation_transcripts',
      'daily_agent_stats',
      'pipeline_freshness',
    ]),
  );
  for (const sources of Object.values(both)) expect(sources).toEqual(['acme', 'globex']);

  await grantSources(kysely, { reader: loginOf(tenant), sourceIds: ['acme'] });
  await grantSources(kysely, { reader: loginOf(restricted), sourceIds: ['globex'] });
  await grantSources(kysely, { reader: loginOf(central), sourceIds: ['*'] });
  await holdReadersToSources(kysely, true);
  expect(await areReadersBySource(kysely)).toBe(true);

  const only = (sources: Record<string, string[]>, source: string) =>
    Object.fromEntries(Object.keys(sources).map((name) => [name, [source]]));
  expect(await sourcesSeen(tenant, 'voxport')).toEqual(only(both, 'acme'));
  expect(await sourcesSeen(restricted, 'voxport_restricted')).toEqual(
    only(await sourcesSeen(ownerUrl, 'voxport_restricted'), 'globex'),
  );
  expect(await sourcesSeen(central, 'voxport')).toEqual(both);
  expect(await rowsAs(tenant, "select * from voxport.conversations where source_id = 'globex'")).toEqual([]);
  // By a function that would tell of each row that it is asked about.
  const told = await rowsAs(
    tenant,
    "select count(*)::int4 as count from voxport.transcript_turns where message like '%globex%'",
  );
  expect(told).toEqual([{ count: 0 }]);
  // Services read and write everything.
  expect(await sourcesSeen(service, 'voxport')).toEqual(both);
  await rowsAs(service, "update voxport.conversations set summary = 'x' where source_id = 'globex'");
  expect(await rowsAs(service, "select 1 from voxport.conversations where summary = 'x'")).toHaveLength(1);

  // A table that a later version adds is held too, by migrate.
  await rowsAs(
    ownerUrl,
    "create table voxport.later (source_id text not null); insert into voxport.later values ('acme'), ('globex')",
  );
  await migrateDatabase({ url: ownerUrl, onWarning: failOnWarning });
  expect(await rowsAs(tenant, 'select source_id from voxport.later')).toEqual([{ source_id: 'acme' }]);

  await revokeSources(kysely, { reader: loginOf(tenant), sourceIds: ['acme'] });
  expect(await sourcesSeen(tenant, 'voxport')).toEqual({});
  await holdReadersToSources(kysely, false);
  expect(await areReadersBySource(kysely)).toBe(false);
  expect(await rowsAs(tenant, 'select source_id from voxport.conversations order by 1')).toEqual([
    { source_id: 'acme' },
    { source_id: 'globex' },
  ]);
}, 120_000);
