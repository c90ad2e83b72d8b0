import pg from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '@voxport/testkit';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { registerSource } from '../ops/sources.ts';
import { claimPayloads } from './claim-payloads.ts';
import { hasLandedPayloads } from './has-landed-payloads.ts';
import { moveLandedPosition } from './landed-position.ts';

let warehouse: WarehouseDatabase;
const sourceId = 'passing';
beforeAll(async () => {
  warehouse = await createWarehouse();
  await registerSource(warehouse.database.kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
});
beforeEach(() =>
  sql`truncate voxport_raw.payloads, voxport_raw.landed_positions cascade`.execute(warehouse.database.kysely),
);
afterAll(() => warehouse[Symbol.asyncDispose]());

async function client(): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: warehouse.url });
  await opened.connect();
  return opened;
}

/** Lands so many small payloads in one statement. */
async function land(of: pg.Client, prefix: string, count: number): Promise<void> {
  await of.query(
    `insert into voxport_raw.payloads (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body)
     select $1, $2 || n, 1, 'poll', now(), sha256(($2 || n)::bytea), 2, 'identity', '{}' from generate_series(1, $3::int) n`,
    [sourceId, prefix, count],
  );
}

async function claimed(limit = 200): Promise<string[]> {
  const rows = await claimPayloads(warehouse.database.kysely, { sourceId, limit, bytesMax: 1e9 });
  return rows.map(({ conversationId }) => conversationId);
}

/**
 * Pages that the claim's walk over what waits reads. The walk is the one over the index, which a table of the real size
 * gets: this small table is read whole instead once the server has analysed it.
 */
async function walkBuffers(of: pg.Client): Promise<number> {
  await of.query('set enable_seqscan = off');
  await of.query('set enable_bitmapscan = off');
  const { rows } = await of.query<{
    'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }];
  }>(
    `explain (analyze, buffers, format json)
     select payload_id from voxport_raw.payloads
     where source_id = '${sourceId}' and state = 'landed' and landed_xact >= voxport_raw.landed_from('${sourceId}')
     order by landed_xact, payload_id limit 200`,
  );
  const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

test('a claim stays cheap while a reader holds an old snapshot and payloads pass', async () => {
  const [loader, reader] = [await client(), await client()];
  try {
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from voxport.conversations');
    for (let round = 0; round < 20; round += 1) {
      await land(loader, `passed-${round}-`, 1000);
      await loader.query(`update voxport_raw.payloads set state = 'loaded' where source_id = $1 and state = 'landed'`, [
        sourceId,
      ]);
      await moveLandedPosition(warehouse.database.kysely, sourceId);
    }
    await land(loader, 'waits-', 1);
    expect(await claimed()).toEqual(['waits-1']);
    // The position stops at the oldest transaction under way, and that may be another test's on the same server.
    await eventually(
      async () => {
        await moveLandedPosition(warehouse.database.kysely, sourceId);
        const buffers = await walkBuffers(loader);
        // Without a position the same walk reads an entry for each payload that has passed: its cost grows with every
        // one.
        await loader.query('begin');
        await loader.query('delete from voxport_raw.landed_positions');
        const withoutPosition = await walkBuffers(loader);
        await loader.query('rollback');
        return withoutPosition > buffers * 5;
      },
      { what: 'a position that spares the walk over what has passed' },
    );
  } finally {
    await reader.end();
    await loader.end();
  }
});

test('the position passes nothing that waits, nor what a transaction under way lands or hands over once more', async () => {
  const { kysely } = warehouse.database;
  const [slow, quick] = [await client(), await client()];
  try {
    await land(quick, 'old-', 1);
    await quick.query(`update voxport_raw.payloads set state = 'failed' where source_id = $1`, [sourceId]);
    await slow.query('begin');
    await land(slow, 'slow-', 1);
    await land(quick, 'quick-', 1);
    await quick.query(`update voxport_raw.payloads set state = 'loaded' where source_id = $1 and state = 'landed'`, [
      sourceId,
    ]);
    await moveLandedPosition(kysely, sourceId);
    await slow.query('commit');
    expect(await claimed()).toEqual(['slow-1']);
    await moveLandedPosition(kysely, sourceId);
    expect(await claimed()).toEqual(['slow-1']);

    await quick.query(`update voxport_raw.payloads set state = 'loaded' where source_id = $1 and state = 'landed'`, [
      sourceId,
    ]);
    await moveLandedPosition(kysely, sourceId);
    expect(await hasLandedPayloads(kysely, sourceId)).toBe(false);
    // An operator has the failed payload tried again: it lies before everything that has passed.
    await quick.query(`update voxport_raw.payloads set state = 'landed' where source_id = $1 and state = 'failed'`, [
      sourceId,
    ]);
    expect(await claimed()).toEqual(['old-1']);
  } finally {
    await slow.end();
    await quick.end();
  }
});

test('a position that was restored from another cluster, and lies in the future here, hides nothing', async () => {
  const { kysely } = warehouse.database;
  const loader = await client();
  await land(loader, 'old-', 1);
  await loader.end();
  await sql`
    insert into voxport_raw.landed_positions (source_id, landed_xact) values (${sourceId}, '999999999999')
    on conflict (source_id) do update set landed_xact = excluded.landed_xact
  `.execute(kysely);
  expect(await claimed()).toEqual(['old-1']);
  await moveLandedPosition(kysely, sourceId);
  expect(await claimed()).toEqual(['old-1']);
});
