import type { TracesConfig } from '../config/config.ts';

/** What a span is told besides its name: names and numbers of ours, never content. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A span of another trace than the present one. */
export interface RecordedSpan {
  readonly name: string;
  /** The span that it belongs under. */
  readonly traceparent: string;
  readonly startedAt: Date;
  readonly attributes: SpanAttributes;
  /** Set for one that failed. */
  readonly errorCode?: string;
}

/** The tracing of a process; with tracing off, functions that do nothing. */
export interface Traces {
  readonly isOn: boolean;
  /** Runs something in a span under the present one; an error marks it. `client`: a request to somebody else. */
  readonly span: <Result>(
    name: string,
    options: { readonly kind: 'internal' | 'client'; readonly attributes: SpanAttributes },
    run: () => Promise<Result>,
  ) => Promise<Result>;
  /** The present span, to be carried elsewhere (W3C `traceparent`); null outside of one. */
  readonly currentTraceparent: () => string | null;
  /** Adds spans that end now to the traces that they belong to, each linked to the present span. */
  readonly record: (spans: readonly RecordedSpan[]) => void;
  /** Sends what has not been sent. */
  readonly close: () => Promise<void>;
}

const off: Traces = {
  isOn: false,
  span: (_name, _options, run) => run(),
  currentTraceparent: () => null,
  record: () => {},
  close: async () => {},
};

/** Starts tracing where there is somewhere to send traces to; without, nothing of OpenTelemetry is even loaded. */
export async function startTraces(
  config: TracesConfig | null,
  options: { readonly service: string; readonly onError: (error: Error) => void },
): Promise<Traces> {
  if (config === null) return off;
  const { openTraces } = await import('./open-traces.ts');
  return openTraces(config, options);
}
