import type { Status } from './status-report.ts';

/**
 * The part of a status that is about one source; what all sources share stays. Runs, failures and drift are those of
 * the source already: there are only so many of each.
 */
export function statusOfSource(status: Status, sourceId: string): Status {
  const isAbout = (one: { readonly sourceId: string | null }): boolean =>
    one.sourceId === null || one.sourceId === sourceId;
  const { pipeline, observation } = status;
  return {
    ...status,
    pipeline: {
      ...pipeline,
      recordings: pipeline.recordings.filter(isAbout),
    },
    coverage: status.coverage.filter(isAbout),
    webhookOnly: status.webhookOnly.filter((one) => one === sourceId),
    lastWebhooks: status.lastWebhooks.filter(isAbout),
    queues: status.queues.filter(isAbout),
    observation: { ...observation, sources: observation.sources.filter(isAbout) },
    conditions: status.conditions.filter(isAbout),
    traffic: status.traffic.filter(isAbout),
    alerts: status.alerts.filter(isAbout),
  };
}
