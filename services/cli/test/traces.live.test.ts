import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { makeLogger, openServiceContext, secret } from '@voxport/runtime';
import { pastMonth, startSimulator } from '@voxport/simulator';
import { expect, test } from 'vitest';
import { createWarehouse, describeOnBothQueues, syncOnce, testApiKey, testSource } from './export-parts.ts';
import { openExport } from './open-export.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

/** A span as OTLP's JSON has it. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A receiver of OTLP over HTTP, as a collector is one: keeps every span that is sent to it. */
async function startReceiver() {
  const spans: OtlpSpan[] = [];
  const services = new Set<string>();
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      expect(request.url).toBe('/v1/traces');
      tokens.add(String(request.headers['x-token']));
      const { resourceSpans } = JSON.parse(body.toString()) as OtlpRequest;
      for (const { resource, scopeSpans } of resourceSpans) {
        services.add(attributeOf(resource, 'service.name'));
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    services,
    tokens,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function attributeOf(of: { readonly attributes?: readonly Attribute[] }, key: string): string {
  const value = of.attributes?.find((attribute) => attribute.key === key)?.value;
  return String(value?.stringValue ?? value?.intValue ?? '');
}

describeOnBothQueues('traces', (openQueueStore) => {
  test('one trace follows one conversation from its page job over its detail job and the request to the commit of its rows', async () => {
    await using receiver = await startReceiver();
    await using simulator = await startSimulator({
      conversationCount: 130,
      seed: 21,
      apiKey: testApiKey,
      ...pastMonth,
    });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    const gone = simulator.conversationIdAt(50);
    simulator.setFaults([{ match: { endpoint: 'detail', conversationId: gone }, action: { do: 'not_found' } }]);
    const { context, close } = await openServiceContext({
      service: 'test',
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
      logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
      signal: new AbortController().signal,
      waitMs: 5000,
      traces: { endpoint: receiver.url, headers: { 'x-token': secret('the-token') }, sampleRatio: 1 },
    });
    try {
      expect((await syncOnce(context)).counts).toMatchObject({ loaded: 129, failed: 1, gone: 0 });
    } finally {
      // Sends what is left.
      await close();
    }
    const { spans } = receiver;
    expect([...receiver.services]).toEqual(['voxport-test']);
    expect([...receiver.tokens]).toEqual(['the-token']);

    const byId = new Map(spans.map((span) => [span.spanId, span]));
    function ancestorsOf(span: OtlpSpan): OtlpSpan[] {
      const parent = byId.get(span.parentSpanId ?? '');
      return parent === undefined ? [] : [parent, ...ancestorsOf(parent)];
    }
    const loads = spans.filter(({ name }) => name === 'load conversation');
    expect(new Set(loads.map((span) => attributeOf(span, 'voxport.conversation_id'))).size).toBe(129);
    for (const load of loads) {
      const conversationId = attributeOf(load, 'voxport.conversation_id');
      const way = ancestorsOf(load);
      expect(way.every(({ traceId }) => traceId === load.traceId)).toBe(true);
      const jobs = way
        .filter(({ name }) => name === 'process support-fetch')
        .map((span) => attributeOf(span, 'bullmq.job.name'));
      expect(jobs).toEqual(['fetch-conversation', 'list-page']);
      const [detailJob] = way;
      expect(attributeOf(detailJob!, 'bullmq.job.id')).toContain(conversationId);
      const request = spans.find(
        (span) => span.name === 'request detail' && attributeOf(span, 'voxport.conversation_id') === conversationId,
      );
      expect(request).toMatchObject({ traceId: load.traceId, parentSpanId: detailJob!.spanId });
      // It ended with the commit, after the answer had come; and leads to the loading that it was part of.
      expect(BigInt(load.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(request!.endTimeUnixNano));
      const batch = byId.get(load.links?.[0]?.spanId ?? '');
      expect(batch?.name).toBe('process support-load');
      expect(batch?.traceId).not.toBe(load.traceId);
      expect(attributeOf(load, 'voxport.outcome')).toBe('inserted');
    }
    // A page begins a trace of its own: two pages, two traces.
    expect(new Set(loads.map(({ traceId }) => traceId)).size).toBe(2);

    const refused = spans.find(
      (span) => span.name === 'request detail' && attributeOf(span, 'voxport.conversation_id') === gone,
    );
    expect(refused?.status).toMatchObject({ code: 2, message: 'not_found' });
    // Nothing of what was said, and no key, leaves with a trace.
    expect(JSON.stringify(spans)).not.toContain(testApiKey);
    expect(JSON.stringify(spans)).not.toContain('transcript"');
  });

  test('with nowhere to send them to, no job and no payload carries one', async () => {
    await using parts = await openExport({ simulator: { conversationCount: 20, seed: 22 }, openQueueStore });
    const { context } = parts;
    expect(context.traces.isOn).toBe(false);
    expect(context.engine.telemetry).toBeNull();
    await syncOnce(context);
    expect(
      await parts.query('select count(*) as count from voxport_raw.payloads where traceparent is not null'),
    ).toEqual([{ count: 0 }]);
  });
});
