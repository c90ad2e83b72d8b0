import { expect, test } from 'vitest';
import { makeMetrics } from './metrics.ts';

const rows = new Map(
  ['conversations', 'transcript_turns', 'tool_calls', 'tool_results', 'llm_usage', 'turn_metrics'].map((table) => [
    table,
    500,
  ]),
);

test('recording costs less than 10 µs of CPU a conversation, a scrape less than 20 ms of it', async () => {
  const metrics = makeMetrics();
  const record = metrics.ofSource('support');
  /** What worker and loader record of so many conversations, in batches as they are under load. */
  function conversations(count: number): void {
    for (let index = 0; index < count; index += 1) {
      record.requestStarted()();
      record.requestEnded({ endpoint: 'detail', status: 200, durationMs: 120, bytes: 23_000 });
      record.jobEnded({ name: 'fetch-conversation', outcome: 'done', errorCode: null, durationMs: 130 });
      if (index % 10 === 0) record.landed({ payloads: 10, bytes: 230_000, storedBytes: 40_000 });
      if (index % 100 !== 0) continue;
      const outcomes = new Map([['inserted', 100]]);
      record.batchLoaded({ outcomes, rows, drift: new Map(), refused: new Map(), bytes: 2_300_000, durationMs: 50 });
      record.jobEnded({ name: 'list-page', outcome: 'done', errorCode: null, durationMs: 130 });
      record.pageListed(100);
    }
  }
  conversations(20_000);
  const count = 100_000;
  const before = process.cpuUsage();
  conversations(count);
  const used = process.cpuUsage(before);
  const microsecs = (used.user + used.system) / count;
  await metrics.renderMetrics();
  const scrapes = 10;
  const beforeScrapes = process.cpuUsage();
  for (let scrape = 0; scrape < scrapes; scrape += 1) await metrics.renderMetrics();
  const usedByScrapes = process.cpuUsage(beforeScrapes);
  const scrapeMs = (usedByScrapes.user + usedByScrapes.system) / 1000 / scrapes;
  process.stdout.write(
    `metrics: ${microsecs.toFixed(2)} µs of CPU a conversation, ${scrapeMs.toFixed(1)} ms of CPU a scrape\n`,
  );
  expect(microsecs).toBeLessThan(10);
  expect(scrapeMs).toBeLessThan(20);
});
