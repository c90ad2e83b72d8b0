import type { Status } from './status-report.ts';

/**
 * The part about one source of a status of that source, in which what is read of all sources at once is still whole.
 * What all sources share stays.
 */
export function statusOfSource(status: Status, sourceId: string): Status {
  const isAbout = (one: { readonly sourceId: string | null }): boolean =>
    one.sourceId === null || one.sourceId === sourceId;
  const { pipeline } = status;
  return {
    ...status,
    pipeline: { ...pipeline, recordings: pipeline.recordings.filter(isAbout) },
    coverage: status.coverage.filter(isAbout),
    lastWebhooks: status.lastWebhooks.filter(isAbout),
    traffic: status.traffic.filter(isAbout),
    alerts: status.alerts.filter(isAbout),
  };
}
