import { eventually } from '@voxport/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';

/** Empties a queue store behind everybody's back: what a flush, an eviction or a restart without persistence does. */
export async function emptyQueue(store: { queueUrl: string | null; databaseUrl: string }): Promise<void> {
  if (store.queueUrl !== null) {
    const redis = new Redis(store.queueUrl);
    await redis.flushdb();
    redis.disconnect();
    return;
  }
  const client = new pg.Client({ connectionString: store.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_schema = 'bullmq' and table_type = 'BASE TABLE' and table_name not like '%migration%'`,
    );
    const truncate = `truncate ${rows.map(({ name }) => name).join(', ')} cascade`;
    // The workers lock the same tables in another order.
    await eventually(() => client.query(truncate), { what: 'the queue to be emptied' });
  } finally {
    await client.end();
  }
}
