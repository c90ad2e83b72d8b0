import { spawn } from 'node:child_process';
import { openSource } from '../src/index.ts';

/**
 * How many details a second one process can fetch, and at what CPU a request: `getConversation` of 15 KB bodies, 15 in
 * flight, against a loopback server in a process of its own, so that the CPU counted is the client's.
 * Run: node packages/source/test/throughput.bench.ts
 */
const inFlight = 15;
const requests = 20_000;

const server = spawn(process.execPath, [new URL('throughput-server.ts', import.meta.url).pathname], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const hello = await new Promise<string>((resolve) =>
  server.stdout.once('data', (data: Buffer) => resolve(String(data))),
);
const [port, bytes, packedBytes] = hello.trim().split(' ');
console.log(`${bytes} bytes a body, ${packedBytes} as gzip, ${inFlight} in flight`);

try {
  for (const encoding of ['identity', 'gzip', 'identity', 'gzip']) {
    const source = openSource({
      sourceId: 'bench',
      dialect: 'elevenlabs',
      baseUrl: `http://127.0.0.1:${port}/${encoding}`,
      apiKey: 'bench',
      filters: {},
      connectionsMax: inFlight,
      userAgent: 'voxport-bench',
    });
    const signal = new AbortController().signal;
    const run = async (count: number): Promise<void> => {
      let next = 0;
      const slot = async (): Promise<void> => {
        while (next < count) await source.getConversation(`conv_${next++}`, signal);
      };
      await Promise.all(Array.from({ length: inFlight }, slot));
    };
    await run(2000);
    const cpu = process.cpuUsage();
    const startedAtMs = performance.now();
    await run(requests);
    const secs = (performance.now() - startedAtMs) / 1000;
    const used = process.cpuUsage(cpu);
    console.log(
      `${encoding.padEnd(8)} ${Math.round(requests / secs)} requests/s, ${Math.round((used.user + used.system) / requests)} µs CPU a request`,
    );
    await source.close();
  }
} finally {
  server.kill();
}
