import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { ask, page, past } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    ...past,
    startUnixSecs: past.endUnixSecs - 90 * 86_400,
    conversationCount: 1_000_000,
  });
});
afterAll(() => simulator.close());

async function timed<T>(action: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const startedMs = performance.now();
  const value = await action();
  return { ms: performance.now() - startedMs, value };
}

test('of a million conversations the first, a middle and the last page take a moment', async () => {
  await page(simulator, 'page_size=100');
  const middle = past.endUnixSecs - 45 * 86_400;
  const [oldest, second] = (await page(simulator, 'page_size=2&sort_direction=asc')).conversations;
  const pages = [
    await timed(() => page(simulator, 'page_size=100')),
    await timed(() => page(simulator, `page_size=100&call_start_before_unix=${middle}`)),
    await timed(() => page(simulator, `page_size=100&call_start_before_unix=${second?.start_time_unix_secs}`)),
    await timed(() => page(simulator, 'page_size=100&sort_direction=asc')),
  ];
  // A scan of a million would take seconds; the bound leaves room for a busy machine.
  for (const { ms } of pages) expect(ms).toBeLessThan(500);
  expect(pages[0]?.value.conversations).toHaveLength(100);
  expect(pages[2]?.value).toMatchObject({ has_more: false, next_cursor: null });
  expect(pages[2]?.value.conversations.at(-1)?.conversation_id).toBe(oldest?.conversation_id);
  expect(pages[3]?.value.conversations[0]?.conversation_id).toBe(simulator.conversationIdAt(0));
});

/** Everything that nothing holds is given up: a heap is compared only after that. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

test('reading many conversations holds none of them in memory', async () => {
  const read = async (from: number, count: number) => {
    for (let n = 0; n < count; n += 1)
      await ask(simulator, `/v1/convai/conversations/${simulator.conversationIdAt(from + n * 97)}`);
  };
  const heapAfter = async (from: number) => {
    await read(from, 1500);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  await read(0, 300);
  const before = await heapAfter(300_000);
  const after = await heapAfter(600_000);
  // 1,500 bodies are over 30 MB as text: were they kept, the heap would show it.
  expect(after - before).toBeLessThan(5_000_000);
}, 60_000);
