import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Answers every request with the same 15 KB detail, gzip where the path begins with `/gzip`. Prints its port. */
let seed = 1;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
const word = (): string => Math.floor(random() * 1_000_000).toString(36);
const turns = Array.from({ length: 40 }, (_, index) => ({
  role: index % 2 === 0 ? 'agent' : 'user',
  message: Array.from({ length: 14 }, word).join(' '),
  time_in_call_secs: index * 4,
  conversation_turn_metrics: { metrics: { convai_llm_service_ttfb: { elapsed_time: random() } } },
  tool_calls: [],
  tool_results: [],
  interrupted: false,
  llm_usage: null,
  rag_retrieval_info: null,
}));
const body = Buffer.from(
  JSON.stringify({ agent_id: 'agent_1', conversation_id: 'conv_1', status: 'done', transcript: turns }),
);
const packed = gzipSync(body);

const server = createServer((request, response) => {
  const isGzip = request.url?.startsWith('/gzip') === true;
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': isGzip ? packed.byteLength : body.byteLength,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(isGzip ? packed : body);
});
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port, body.byteLength, packed.byteLength);
});
