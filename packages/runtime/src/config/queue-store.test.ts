import { expect, test } from 'vitest';
import { queueStore } from './queue-store.ts';

const databaseUrl = 'postgres://d/1';

test('the queue is where its setting says, or in the database, and a message names that setting', () => {
  expect(queueStore({ queueUrl: null }, databaseUrl)).toEqual({ queueUrl: databaseUrl, settingName: 'DATABASE_URL' });
  expect(queueStore({ queueUrl: 'redis://r', queueSettingName: 'REDIS_URL' }, databaseUrl)).toEqual({
    queueUrl: 'redis://r',
    settingName: 'REDIS_URL',
  });
  expect(queueStore({ queueUrl: 'redis://r' }, databaseUrl).settingName).toBe('QUEUE_URL');
});
