import { createTestDatabase, createTestRedis, describeWithRedis } from '@voxport/testkit';
import { describe } from 'vitest';
import { migrateQueue, openEngine, type Engine } from '@voxport/jobs';

/** A queue store of a test's own, opened. */
export type OpenStore = () => Promise<{ engine: Engine; url: string } & AsyncDisposable>;

async function openOn(
  store: { url: string } & AsyncDisposable,
): Promise<{ engine: Engine; url: string } & AsyncDisposable> {
  const engine = await openEngine({ queueUrl: store.url, consumersMax: 6, onError: () => {} });
  return {
    engine,
    url: store.url,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Runs the same tests on both stores; those on Redis are skipped, visibly, where there is none. */
export function describeOnBothStores(name: string, tests: (openStore: OpenStore) => void): void {
  describe(`${name}, on Postgres`, () => {
    const template = { name: 'queue', prepare: (url: string) => migrateQueue({ queueUrl: url, grantTo: [] }) };
    tests(async () => openOn(await createTestDatabase({ template })));
  });
  describeWithRedis(`${name}, on Redis`, () => {
    tests(async () => openOn(await createTestRedis()));
  });
}
