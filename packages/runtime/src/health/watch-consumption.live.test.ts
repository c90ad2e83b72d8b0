import { consume, openEngine, openProducer } from '@voxport/jobs';
import { createTestDatabase, eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { makeReadiness } from './readiness.ts';
import { watchConsumption } from './watch-consumption.ts';

const fail = (error: Error): never => {
  throw error;
};

test('a process is ready while its queue is consumed, and while a pause keeps the jobs back; with a real queue', async () => {
  await using database = await createTestDatabase();
  const engine = await openEngine({ queueUrl: database.url, consumersMax: 2, onError: fail });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => engine.close());
  const producer = await openProducer(engine, 'support', fail);
  opened.defer(() => producer.close());
  const done: string[] = [];
  const consumer = await consume(engine, {
    sourceId: 'support',
    kind: 'fetch',
    concurrency: 1,
    handlers: {
      'list-page': async () => {},
      'fetch-conversation': async ({ conversationId }) => void done.push(conversationId),
      'fetch-recording': async () => {},
    },
    onFailure: async () => {},
    onError: fail,
  });
  opened.defer(() => consumer.close());
  const readiness = makeReadiness();
  readiness.noteStarted();
  const endWatch = watchConsumption({ readiness }, { producer, sourceId: 'support', kind: 'fetch', consumer });
  const enqueue = (id: string) =>
    producer.enqueueConversations([{ conversationId: id, generation: 1, priority: 'live', runId: null }]);

  await enqueue('first');
  await eventually(() => done.length === 1, { what: 'the first job' });
  expect(await readiness.readReadiness()).toMatchObject({ isReady: true });
  expect(consumer.activeJobs()).toBe(0);

  await producer.pause();
  await enqueue('second');
  expect(await producer.readQueue('fetch')).toMatchObject({ waiting: 1, isFlowing: false });
  expect(await readiness.readReadiness()).toMatchObject({ isReady: true });
  await producer.resume();
  await eventually(() => done.length === 2, { what: 'the second job' });

  consumer.setConcurrency(0);
  expect((await readiness.readReadiness()).checks[1]).toMatchObject({
    name: 'consumption of support-fetch',
    isOk: true,
    detail: expect.stringContaining('takes up nothing at present'),
  });
  endWatch();
  expect((await readiness.readReadiness()).checks).toHaveLength(1);
});
