import type { RenderedMetrics } from '../metrics/metrics.ts';
import type { ReadinessReport } from './readiness.ts';

/** A process that can say so much lives: its event loop turns. */
export interface HealthReport {
  readonly status: 'ok';
  readonly service: string;
  readonly uptimeSecs: number;
}

/** What a process tells of itself, without any HTTP framework. None of them rejects. */
export interface Health {
  /** For `/healthz`: 200 whenever it can be answered at all. */
  readonly readHealth: () => HealthReport;
  /** For `/readyz`: 200 when `isReady`, else 503. */
  readonly readReadiness: () => Promise<ReadinessReport>;
  /** For `/metrics`. */
  readonly renderMetrics: () => Promise<RenderedMetrics>;
}

export interface HealthDependencies {
  readonly service: string;
  readonly readReadiness: Health['readReadiness'];
  readonly renderMetrics: Health['renderMetrics'];
}

/** Puts together what a process tells of itself. */
export function makeHealth({ service, readReadiness, renderMetrics }: HealthDependencies): Health {
  const startedMs = performance.now();
  return {
    readHealth: () => ({ status: 'ok', service, uptimeSecs: Math.round((performance.now() - startedMs) / 1000) }),
    readReadiness,
    renderMetrics,
  };
}
