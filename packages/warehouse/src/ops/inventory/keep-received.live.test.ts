import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '@voxport/testkit';
import { createWarehouse, type WarehouseDatabase } from '../../../test/warehouse-database.ts';
import { registerSource } from '../sources.ts';
import { markGone } from './end-in-failure.ts';
import { eraseConversation } from './erase-conversation.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse();
});
afterAll(() => warehouse[Symbol.asyncDispose]());

test.each([
  ['marked', markGone],
  ['mirrored', eraseConversation],
])(
  'a 404 (deletions are %s) that comes while the loader ends what the webhook brought leaves the conversation loaded',
  async (deletions, endGone) => {
    const { kysely } = warehouse.database;
    const [sourceId, conversationId] = [deletions, 'conv_received'];
    await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
    const loader = new pg.Client({ connectionString: warehouse.url });
    await loader.connect();
    try {
      await loader.query(
        `insert into voxport_ops.inventory (source_id, conversation_id, state, priority, origin, generation, started_at) values ($1, $2, 'discovered', 'live', 'webhook', 1, now())`,
        [sourceId, conversationId],
      );
      await loader.query(
        `insert into voxport_raw.payloads (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body)
       values ($1, $2, 1, 'webhook', now(), sha256('x'), 2, 'identity', '{}')`,
        [sourceId, conversationId],
      );
      const inventory = `from voxport_ops.inventory where source_id = $1 and conversation_id = $2`;
      await loader.query('begin');
      const { rows: held } = await loader.query(`select pg_backend_pid() as pid ${inventory} for update`, [
        sourceId,
        conversationId,
      ]);
      const gone = endGone(kysely, { sourceId, conversationId, generation: 1 });
      await using watcher = await watch(warehouse.url);
      await eventually(() => watcher.isWaitingFor(held[0].pid), { what: 'the 404 to wait for the loader' });
      await loader.query(`update voxport_raw.payloads set state = 'loaded' where source_id = $1`, [sourceId]);
      await loader.query('commit');
      await gone;
      const { rows } = await loader.query(`select state ${inventory}`, [sourceId, conversationId]);
      expect(rows).toEqual([{ state: 'loaded' }]);
    } finally {
      await loader.end();
    }
  },
);

async function watch(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return {
    isWaitingFor: async (pid: number): Promise<boolean> => {
      const { rows } = await client.query(`select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))`, [pid]);
      return rows.length > 0;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
