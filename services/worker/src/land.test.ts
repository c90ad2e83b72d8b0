import { expect, test } from 'vitest';
import type { ConversationPayload } from '@voxport/domain';
import type { Landing, PreparedLanding } from '@voxport/warehouse';
import { makeLand } from './land.ts';

const payload = (conversationId: string, body: string, receivedAtMs = 0): ConversationPayload => ({
  conversationId,
  body: Buffer.from(body),
  receivedAtMs,
});

const prepareLanding = async ({
  payload: { conversationId, body, receivedAtMs },
  generation,
}: Landing): Promise<PreparedLanding> => ({
  conversationId,
  generation,
  receivedAtMs,
  sha256: Buffer.from(body),
  sizeBytes: body.byteLength,
  body: Buffer.from(body),
});

test('wakes the loader after the payload is durable, and resolves after the wake-up', async () => {
  const steps: string[] = [];
  const land = makeLand({
    prepareLanding,
    divideSetUpFailure: async () => {},
    landPayloads: async (landings) => {
      await Promise.resolve();
      steps.push(`landed ${landings.map((landing) => landing.conversationId).join(' ')}`);
      return [];
    },
    wakeLoader: async () => void steps.push('woken'),
  });
  await land(payload('a', '{}'), 1);
  steps.push('resolved');
  expect(steps).toEqual(['landed a', 'woken', 'resolved']);
});

test('what is not durable is not resolved, and wakes nobody', async () => {
  let wakeUps = 0;
  const land = makeLand({
    prepareLanding,
    divideSetUpFailure: async () => {},
    landPayloads: () => Promise.reject(new Error('the database is down')),
    wakeLoader: async () => void (wakeUps += 1),
  });
  await expect(land(payload('a', '{}'), 1)).rejects.toThrow('the database is down');
  expect(wakeUps).toBe(0);
});

test('a wake-up that cannot be sent fails the landing, so that the job comes again', async () => {
  const land = makeLand({
    prepareLanding,
    divideSetUpFailure: async () => {},
    landPayloads: async () => [],
    wakeLoader: () => Promise.reject(new Error('the queue is down')),
  });
  await expect(land(payload('a', '{}'), 1)).rejects.toThrow('the queue is down');
});

test('of two answers for one conversation in one batch the later received lands, under the newer generation, whichever came first', async () => {
  for (const order of [0, 1]) {
    const landed: PreparedLanding[][] = [];
    const land = makeLand({
      prepareLanding,
      divideSetUpFailure: async () => {},
      landPayloads: async (landings) => {
        landed.push([...landings]);
        return [];
      },
      wakeLoader: async () => {},
    });
    const answers = [() => land(payload('a', 'older', 10), 2), () => land(payload('a', 'newer', 20), 1)];
    // The first call goes alone; the others of the moment share the next batch.
    const calls = [
      land(payload('first', '{}'), 1),
      ...(order === 0 ? answers : answers.toReversed()).map((answer) => answer()),
    ];
    await Promise.all(calls);
    expect(landed).toHaveLength(2);
    expect(landed[1]).toMatchObject([{ conversationId: 'a', generation: 2, receivedAtMs: 20 }]);
    expect(landed[1]![0]!.body.toString()).toBe('newer');
  }
});

test('many landings of a moment share their transactions', async () => {
  const sizes: number[] = [];
  const land = makeLand({
    prepareLanding,
    divideSetUpFailure: async () => {},
    landPayloads: async (landings) => {
      sizes.push(landings.length);
      return [];
    },
    wakeLoader: async () => {},
  });
  await Promise.all(Array.from({ length: 200 }, (_, index) => land(payload(`c${index}`, '{}'), 1)));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(200);
  expect(sizes.length).toBeLessThanOrEqual(5);
  expect(Math.max(...sizes)).toBe(64);
});

test('a payload with fewer turns than its list row counts is a failure of its own that keeps its bytes; the others of its batch have landed', async () => {
  let wakeUps = 0;
  const land = makeLand({
    prepareLanding,
    divideSetUpFailure: async () => {},
    landPayloads: async (landings) =>
      landings.flatMap(({ conversationId }) => (conversationId === 'short' ? ['short'] : [])),
    wakeLoader: async () => void (wakeUps += 1),
  });
  const results = await Promise.allSettled(
    ['short', 'a', 'b'].map((id) => land({ ...payload(id, '{}'), turnCount: 1 }, 1)),
  );
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(results[0]).toMatchObject({
    reason: { name: 'TransientFailure', code: 'incomplete_payload', body: Buffer.from('{}') },
  });
  expect(wakeUps).toBe(1);
});

test('what follows the first landing is done once, and again after each landing until it has succeeded', async () => {
  let fails = true;
  let calls = 0;
  const land = makeLand({
    prepareLanding,
    landPayloads: async () => [],
    divideSetUpFailure: async () => {
      calls += 1;
      if (fails) throw new Error('the database is down');
    },
    wakeLoader: async () => {},
  });
  await expect(land(payload('a', '{}'), 1)).rejects.toThrow('the database is down');
  fails = false;
  await land(payload('a', '{}'), 1);
  await land(payload('b', '{}'), 1);
  expect(calls).toBe(2);
});
