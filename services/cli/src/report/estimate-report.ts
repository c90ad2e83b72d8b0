import { duration, type TimeRange, snakeJson } from '@voxport/domain';
import type { RefusedSource } from '../export/check-sources.ts';
import type { BackfillEstimate } from '../export/estimate-backfill.ts';
import { count } from './run-report.ts';

/** What a backfill would do, as one JSON object. */
export function estimateJson(
  estimates: readonly BackfillEstimate[],
  range: TimeRange,
  refused: readonly RefusedSource[],
): string {
  return snakeJson({
    dryRun: true,
    rangeAfter: range.after,
    rangeBefore: range.before,
    listed: total(estimates, 'listed'),
    new: total(estimates, 'new'),
    changed: total(estimates, 'changed'),
    pending: total(estimates, 'pending'),
    known: total(estimates, 'known'),
    requests: total(estimates, 'requests'),
    minutes: minutes(estimates),
    sources: estimates.map(({ sourceId, secs, ...estimate }) => ({
      source: sourceId,
      ...estimate,
      minutes: round(secs / 60),
    })),
    ...(refused.length === 0
      ? {}
      : { refused: refused.map(({ sourceId, failure }) => ({ source: sourceId, reason: failure.message })) }),
  });
}

/** The same for people. */
export function estimateText(
  estimates: readonly BackfillEstimate[],
  range: TimeRange,
  refused: readonly RefusedSource[],
): string {
  const span = `${range.after?.toISOString() ?? 'the beginning'} to ${range.before.toISOString()}`;
  return [
    `A backfill of ${span} would do this; nothing was fetched or stored.`,
    ...estimates.map(sourceText),
    ...refused.map(({ sourceId, failure }) => `  left out   ${sourceId}: ${failure.message}`),
  ].join('\n');
}

function sourceText(estimate: BackfillEstimate): string {
  const { sourceId, listed, pending, known, erased, listRequests, detailRequests, requests, secs } = estimate;
  const pace = `${estimate.requestsInFlight} requests in flight and ${count(estimate.latencyMs)} ms a request`;
  const observed =
    estimate.latencyOf === 'details' ? 'as details took of late' : 'as these lists took: no detail was fetched yet';
  const lines: [string, string | null][] = [
    ['listed', `${count(listed)} conversations`],
    ['new', `${count(estimate.new)}   (to be fetched)`],
    ['changed', `${count(estimate.changed)}   (changed at the source, failed or gone before: to be fetched)`],
    ['under way', pending === 0 ? null : `${count(pending)}   (wanted by another run, which fetches them)`],
    ['known', `${count(known)}   (up to date)`],
    ['erased', erased === 0 ? null : `${count(erased)}   (on request; they are not taken in)`],
    ['requests', `${count(requests)}   (${count(listRequests)} list pages, ${count(detailRequests)} details)`],
    ['takes about', `${duration(secs)} at ${pace} (${observed})`],
  ];
  return [sourceId, ...lines.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(12)}${value}`]))].join(
    '\n',
  );
}

function total(
  estimates: readonly BackfillEstimate[],
  name: 'listed' | 'new' | 'changed' | 'pending' | 'known' | 'requests',
): number {
  return estimates.reduce((sum, estimate) => sum + estimate[name], 0);
}

/** Sources are worked off at the same time. */
function minutes(estimates: readonly BackfillEstimate[]): number {
  return round(Math.max(0, ...estimates.map(({ secs }) => secs)) / 60);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
