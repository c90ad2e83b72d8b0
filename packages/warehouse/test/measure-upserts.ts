/**
 * Measures the loader's statements:
 * `pnpm --filter @voxport/warehouse measure <empty database's URL> [conversations] [turns] [loaders]`. Prints
 * conversations a second for first loads, known content, and changed content.
 */
import { createHash } from 'node:crypto';
import { connectDatabase } from '../src/database.ts';
import type { LoadItem } from '../src/load/load-item.ts';
import { upsertConversations } from '../src/load/upsert-conversations.ts';
import { migrateDatabase } from '../src/migrate.ts';
import { sampleRows } from './sample-rows.ts';

const [url = '', count = '4000', turns = '20', loaders = '1'] = process.argv.slice(2);
const batchSize = 200;
await migrateDatabase({ url, onWarning: console.warn });
await using database = connectDatabase({
  url,
  poolSizeMax: Number(loaders),
  applicationName: 'measure',
  onPoolError: console.error,
});

const sourceId = `measured-${Date.now()}`;
for (const [name, mark, second] of [
  ['first load', 'first', 1],
  ['same content, seen later', 'first', 2],
  ['changed content', 'second', 3],
] as const) {
  const rows = sampleRows(sourceId, 'conv', { turns: Number(turns), mark });
  const children = Object.values(rows).reduce((sum, value) => sum + (Array.isArray(value) ? value.length : 0), 0);
  const items = Array.from({ length: Number(count) }, (_, index): LoadItem => {
    const id = `conv_${createHash('sha256').update(String(index)).digest('hex').slice(0, 26)}`;
    return {
      rows: sampleRows(sourceId, id, { turns: Number(turns), mark }),
      observedAt: `2026-11-01T00:00:0${second}.000000Z`,
      origin: 'backfill',
      payloadSha256: createHash('sha256')
        .update(id + mark)
        .digest(),
      contentHash: createHash('sha256')
        .update(id + mark)
        .digest(),
      mappingVersion: 1,
    };
  });
  const batches = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  );
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: Number(loaders) }, async () => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
        const loading = batch;
        await database.kysely
          .transaction()
          .execute((transaction) => upsertConversations(transaction, loading, { mirrorDeletions: false }));
      }
    }),
  );
  const secs = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round(items.length / secs);
  console.log(
    `${name.padEnd(25)} ${perSecond} conversations/s, ${Math.round(perSecond * (children + 1))} rows/s, Node ${Math.round((user + system) / items.length)} µs a conversation`,
  );
}
