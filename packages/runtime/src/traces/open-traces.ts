import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { describeFailure, proxyEnvironment } from '@voxport/domain';
import type { TracesConfig } from '../config/config.ts';
import type { Traces } from './traces.ts';

/** A receiver that is away must not hold up the end of a process. */
const closeMs = 5000;

/**
 * Opens tracing over OTLP/HTTP (JSON). BullMQ's tracing finds its tracer through the registry of the OpenTelemetry
 * interface, of which a process has one: that is why this is opened once a process, and taken down again by `close`.
 */
export function openTraces(
  { endpoint, headers, sampleRatio, proxy = null }: TracesConfig,
  { service, onError }: { readonly service: string; readonly onError: (error: Error) => void },
): Traces {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
    timeoutMillis: closeMs,
    ...(proxy === null ? {} : { httpAgentOptions: { keepAlive: true, proxyEnv: proxyEnvironment(proxy) } }),
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `voxport-${service}`, 'service.namespace': 'voxport' }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: closeMs })],
  });
  const tell = (message: string): void => onError(new Error(message));
  const ignore = (): void => {};
  diag.setLogger({ error: tell, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagator = new W3CTraceContextPropagator();
  propagation.setGlobalPropagator(propagator);
  trace.setGlobalTracerProvider(provider);
  const tracer = trace.getTracer('voxport');

  function fail(span: Span, code: string): void {
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    span.setAttribute('error.type', code);
  }

  function parentOf(traceparent: string): Context {
    return propagation.extract(ROOT_CONTEXT, { traceparent });
  }

  return {
    isOn: true,
    async span(name, { kind, attributes }, run) {
      const span = tracer.startSpan(name, {
        kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
        attributes,
      });
      try {
        return await context.with(trace.setSpan(context.active(), span), run);
      } catch (error) {
        // The class and not the message: a message may quote what came.
        fail(span, describeFailure(error).code);
        throw error;
      } finally {
        span.end();
      }
    },
    currentTraceparent() {
      const carrier: { traceparent?: string } = {};
      propagation.inject(context.active(), carrier);
      return carrier.traceparent ?? null;
    },
    record(spans) {
      const present = trace.getSpanContext(context.active());
      for (const { name, traceparent, startedAt, attributes, errorCode } of spans) {
        const links = present === undefined ? [] : [{ context: present }];
        const span = tracer.startSpan(name, { startTime: startedAt, attributes, links }, parentOf(traceparent));
        if (errorCode !== undefined) fail(span, errorCode);
        span.end();
      }
    },
    async close() {
      await provider.shutdown().catch(onError);
      trace.disable();
      propagation.disable();
      context.disable();
      diag.disable();
    },
  };
}
