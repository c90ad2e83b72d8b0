import { pastMonth, startSimulator, type Simulator } from '@voxport/simulator';
import { startLoader } from '@voxport/loader';
import { eventually } from '@voxport/testkit';
import { isRunSettled, readSource } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import {
  beginSync,
  createWarehouse,
  describeOnBothQueues,
  openTestContext,
  testApiKey,
  testSource,
} from './export-parts.ts';

/** Requests answered with 200 and refused with 429 so far. */
function tally(simulator: Simulator): { answered: number; refused: number } {
  const statuses = Object.values(simulator.stats().requests);
  const sum = (status: string): number => statuses.reduce((total, byStatus) => total + (byStatus[status] ?? 0), 0);
  return { answered: sum('200'), refused: sum('429') };
}

/**
 * Details a second that a client gets which does nothing else and always has as many requests in flight as are allowed.
 */
async function askedPerSec(simulator: Simulator, inFlight: number, requests: number): Promise<number> {
  const headers = { 'xi-api-key': testApiKey };
  const list = await fetch(`${simulator.url}/v1/convai/conversations?page_size=100`, { headers });
  const page = (await list.json()) as { conversations: { conversation_id: string }[] };
  let asked = 0;
  const startedMs = performance.now();
  const askOn = async (): Promise<void> => {
    while (asked < requests) {
      const { conversation_id: id } = page.conversations[asked % 100]!;
      asked += 1;
      const answer = await fetch(`${simulator.url}/v1/convai/conversations/${id}`, { headers });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askOn));
  return (requests / (performance.now() - startedMs)) * 1000;
}

describeOnBothQueues('the limit of requests in flight', (openQueueStore) => {
  test(
    'is found by two workers together, kept full, and found again when it changes',
    { timeout: 180_000 },
    async () => {
      const allowed = 10;
      // Slow enough that the other tests, which share the machine, do not become the limit.
      const latencyMs = 250;
      await using simulator = await startSimulator({
        conversationCount: 5000,
        seed: 9,
        apiKey: testApiKey,
        requestsInFlightMax: allowed,
        latencyMs,
        ...pastMonth,
      });
      const possible = await askedPerSec(simulator, allowed, 200);
      simulator.resetStats();
      await using warehouse = await createWarehouse();
      await using store = await openQueueStore();
      const source = testSource(simulator.url, { requestsInFlight: { start: 2, max: 40 } });
      const stores = { databaseUrl: warehouse.url, queueUrl: store.queueUrl, sources: [source] };
      await using first = await openTestContext(stores);
      await using second = await openTestContext(stores);
      const { kysely } = first.context.database;

      const runId = await beginSync(first.context);
      await using services = new AsyncDisposableStack();
      for (const starting of [startLoader(first.context), startWorker(first.context), startWorker(second.context)]) {
        const service = await starting;
        services.defer(() => service.close());
      }
      const limit = async (): Promise<number> => (await readSource(kysely, 'support'))?.inFlightLimit ?? 0;
      const settled = async (around: number, timeoutMs: number): Promise<void> => {
        let sinceMs: number | null = null;
        const hasSettled = async (): Promise<boolean> => {
          if (Math.abs((await limit()) - around) > 1) sinceMs = null;
          else sinceMs ??= performance.now();
          return sinceMs !== null && performance.now() - sinceMs > 3000;
        };
        await eventually(hasSettled, { what: `the limit to settle around ${around}`, timeoutMs });
      };

      await settled(allowed, 60_000);
      const before = { ...tally(simulator), atMs: performance.now() };
      await eventually(() => tally(simulator).answered - before.answered >= 1500, {
        what: '1500 answers',
        timeoutMs: 60_000,
      });
      const after = { ...tally(simulator), atMs: performance.now() };
      const throughput = ((after.answered - before.answered) / (after.atMs - before.atMs)) * 1000;
      const refusedShare = (after.refused - before.refused) / (after.answered - before.answered);
      expect({ share: throughput / possible, refusedShare }).toSatisfy(
        (measured: { share: number; refusedShare: number }) => measured.share >= 0.95 && measured.refusedShare < 0.01,
      );

      simulator.setLimits({ requestsInFlightMax: 4 });
      await eventually(async () => (await limit()) <= 5, { what: 'the lowered limit to be found', timeoutMs: 10_000 });
      await settled(4, 30_000);
      simulator.setLimits({ requestsInFlightMax: 20 });
      // Measured: 12 to 14 s, most of it the 200 answers between two probes at 16 a second.
      await eventually(async () => (await limit()) >= 18, { what: 'the raised limit to be found', timeoutMs: 30_000 });

      await services.disposeAsync();
      expect(await isRunSettled(kysely, runId)).toBe(false);
    },
  );
});
