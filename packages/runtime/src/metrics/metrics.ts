import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { makeProcessMetrics, type SourceMetrics } from './process-metrics.ts';
import { addStateMetrics, type ReadState } from './state-metrics.ts';

/** A scrape's answer. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly body: string;
}

/** What there is to know of a metric, whether or not it has been recorded. */
export interface MetricDescription {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** The metrics of one process: what it records, and what it tells of the state that all processes share. */
export interface Metrics {
  /** The recording functions of a source; the same ones for every call. */
  readonly ofSource: (sourceId: string) => SourceMetrics;
  /**
   * Has the shared state (Postgres, queue) told by this process too. It is read when a scrape comes, and kept for some
   * seconds. Whoever adds up series of several processes must leave these out: they are the same number from each.
   */
  readonly addState: (readState: ReadState, keptMs?: number) => void;
  /**
   * Everything in the text format of Prometheus. A state that cannot be read is left out and counted; it never rejects.
   */
  readonly renderMetrics: () => Promise<RenderedMetrics>;
  /** Every metric of our own that this process tells. */
  readonly describe: () => readonly MetricDescription[];
}

/** Makes the metrics of a process: a registry of its own, so that two of them in one process (tests) do not meet. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  const ofSource = makeProcessMetrics(registry);
  let isScraped = false;
  return {
    ofSource,
    addState: (readState, keptMs) => addStateMetrics(registry, readState, keptMs),
    async renderMetrics() {
      // These watch the event loop and the garbage collector: not before somebody wants to know.
      if (!isScraped) collectDefaultMetrics({ register: registry });
      isScraped = true;
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    describe: () =>
      registry
        .getMetricsAsArray()
        .filter(({ name }) => name.startsWith('voxport_'))
        .map((metric) => ({
          name: metric.name,
          type: metric instanceof Counter ? 'counter' : metric instanceof Histogram ? 'histogram' : 'gauge',
          labels: 'labelNames' in metric ? (metric.labelNames as string[]) : [],
          help: metric.help,
        })),
  };
}
