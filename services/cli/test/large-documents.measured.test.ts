import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runQuery } from '@voxport/warehouse';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, runVoxport, warehouseUrl } from './voxport.ts';

const conversationsMax = 3;
const bytesEach = 30 * 1024 * 1024;
const memoryMaxMb = 600;

test('documents of 30 MB are fetched and loaded by one process within 600 MB of memory', async () => {
  const url = await warehouseUrl();
  const env = {
    ELEVENLABS_API_KEY: 'key',
    ELEVENLABS_BASE_URL: await serveLarge(),
    DATABASE_URL: url,
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(
      'process.on("exit", () => process.stderr.write(`peak ${process.resourceUsage().maxRSS} kB\\n`))',
    )}"`,
  };
  const { code, stderr, stdout } = await runVoxport(['sync', '--json'], env);
  expect(code, stderr.join('\n')).toBe(0);
  expect(JSON.parse(stdout[0]!)).toMatchObject({ listed: conversationsMax, loaded: conversationsMax, failed: 0 });
  const database = await openDatabase(url);
  const [row] = await runQuery(database.kysely, 'select min(turn_count)::int as turns from voxport.conversations');
  expect(Number(row?.['turns'])).toBeGreaterThan(10_000);
  const peakMb = Number(/^peak (\d+) kB$/mu.exec(stderr.join('\n'))?.[1]) / 1024;
  process.stdout.write(`the peak of memory was ${Math.round(peakMb)} MB\n`);
  expect(peakMb).toBeLessThan(memoryMaxMb);
});

/** An API whose conversations are as large as they come; resolves with its base URL. */
async function serveLarge(): Promise<string> {
  const startedSecs = Math.floor(Date.now() / 1000) - 86_400;
  const ids = Array.from({ length: conversationsMax }, (_, index) => `conv_${index}`);
  const conversations = ids.map((id) => ({
    conversation_id: id,
    agent_id: 'agent_1',
    start_time_unix_secs: startedSecs,
    call_duration_secs: 7200,
    message_count: 1,
    status: 'done',
    call_successful: 'success',
  }));
  const transcript = largeTranscript();
  const server = createServer((request, response) => {
    const id = ids.find((one) => request.url?.includes(`/conversations/${one}`));
    response.setHeader('content-type', 'application/json');
    if (id === undefined) {
      response.end(JSON.stringify({ conversations, has_more: false, next_cursor: null }));
      return;
    }
    const metadata = `{"start_time_unix_secs":${startedSecs},"call_duration_secs":7200}`;
    response.end(
      `{"conversation_id":"${id}","agent_id":"agent_1","status":"done","metadata":${metadata},"transcript":${transcript}}`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Turns with texts, tool calls and results, as a long call has them. */
function largeTranscript(): string {
  const turn = (index: number): string =>
    JSON.stringify({
      role: index % 2 === 0 ? 'user' : 'agent',
      message: `${randomUUID()} `.repeat(30),
      time_in_call_secs: index,
      tool_calls: [{ type: 'webhook', request_id: randomUUID(), tool_name: 'look_up', params_as_json: '{"a": "b"}' }],
      tool_results: [{ request_id: randomUUID(), tool_name: 'look_up', result_value: `{"text": "${randomUUID()}"}` }],
      conversation_turn_metrics: { metrics: { convai_llm_service_ttfb: { elapsed_time: 0.5 } } },
    });
  const turns = Math.ceil(bytesEach / (turn(0).length + 1));
  return `[${Array.from({ length: turns }, (_, index) => turn(index)).join(',')}]`;
}
