import { decodeBody, runQuery, type Database } from '@voxport/warehouse';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';

/** Everything that is stored in a database: all tables of all schemas as text, and the raw payloads decoded. */
export async function everythingStored({ kysely }: Database): Promise<string> {
  const tables = await runQuery(
    kysely,
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const parts: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await runQuery(kysely, `select t::text as text from "${String(schema)}"."${String(name)}" t`);
    parts.push(...rows.map(({ text }) => `${String(name)} ${String(text).replaceAll('""', '"')}`));
  }
  for (const { encoding, body, size } of await runQuery(
    kysely,
    `select encoding, body, size_bytes::int4 as size from voxport_raw.payloads
     union all select encoding, body, size_bytes::int4 from voxport_raw.entity_payloads`,
  )) {
    const decoded = await decodeBody({ encoding: String(encoding), body: body as Buffer, sizeBytes: Number(size) });
    parts.push(Buffer.from(decoded).toString());
  }
  return parts.join('\n');
}

/** Every key of a Redis with its content. */
export async function everythingQueued(redis: Redis): Promise<string> {
  const parts: string[] = [];
  for await (const keys of redis.scanStream({ count: 500 }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      const type = await redis.type(key);
      const content =
        type === 'hash'
          ? await redis.hgetall(key)
          : type === 'string'
            ? await redis.get(key)
            : type === 'list'
              ? await redis.lrange(key, 0, -1)
              : type === 'zset'
                ? await redis.zrange(key, '0', '-1')
                : type === 'set'
                  ? await redis.smembers(key)
                  : type === 'stream'
                    ? await redis.xrange(key, '-', '+')
                    : '';
      parts.push(key, JSON.stringify(content));
    }
  }
  return parts.join('\n');
}
