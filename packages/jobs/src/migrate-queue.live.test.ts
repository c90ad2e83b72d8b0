import pg from 'pg';
import { createTestDatabase, createTestLogin } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { migrateQueue } from './migrate-queue.ts';
import { openProducer } from './producer.ts';

const fail = (error: Error): never => {
  throw error;
};

test('roles that were granted the queue work with it, one after the other, and may create nothing in its schema', async () => {
  await using created = await createTestDatabase();
  const group = new URL(await createTestLogin(created.url, null)).username;
  const [one, other] = [await createTestLogin(created.url, group), await createTestLogin(created.url, group)];
  await expect(openEngine({ queueUrl: one, consumersMax: 1, onError: fail })).rejects.toThrow(/voxport migrate/u);
  for (const _ of [1, 2]) await migrateQueue({ queueUrl: created.url, grantTo: [group, 'nobody_of_this_name'] });
  // Nothing is to be done, and this role could not.
  await migrateQueue({ queueUrl: one, grantTo: [group] });
  for (const queueUrl of [one, other]) {
    const engine = await openEngine({ queueUrl, consumersMax: 1, onError: fail });
    await using opened = new AsyncDisposableStack();
    opened.defer(() => engine.close());
    const producer = await openProducer(engine, 'support', fail);
    opened.defer(() => producer.close());
    // Its number comes from a sequence that the first job of the queue makes.
    await producer.wakeLoader(0);
    await producer.enqueueConversations([{ conversationId: 'c', generation: 1, priority: 'live', runId: 1 }]);
    await producer.enqueuePage({ windowId: 1, page: 0, runId: 1 }, 'refresh');
    expect((await producer.readQueue('fetch')).waiting).toBe(2);
  }
  const client = new pg.Client({ connectionString: one });
  await client.connect();
  try {
    for (const statement of ['create table bullmq.mine ()', 'drop table bullmq.job', 'truncate bullmq.job'])
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.end();
  }
});
