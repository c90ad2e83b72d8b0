import type { QueueDepth } from '@voxport/jobs';
import type { PipelineStatus, SourceStatus } from '@voxport/warehouse';
import { count } from './run-report.ts';
import { snakeJson } from './snake-json.ts';

/** The jobs of one source's queues. */
export interface QueueStatus {
  readonly sourceId: string;
  readonly fetch: QueueDepth;
  readonly load: QueueDepth;
}

/** The status as one JSON object, in snake case like the tables. */
export function statusJson(pipeline: PipelineStatus, queues: readonly QueueStatus[], now: Date): string {
  return snakeJson({ at: now, ...pipeline, queues });
}

/** The status on one screen. */
export function statusText(
  { sources, runs, failures, drift, recordings }: PipelineStatus,
  queues: readonly QueueStatus[],
  now: Date,
): string {
  if (sources.length === 0) return 'Nothing has been exported yet. Start with: voxport sync';
  const blocks = [
    ...sources.map((source) => sourceText(source, queues, recordings, now)),
    table(
      'Runs',
      ['run', 'kind', 'state', 'started', 'took', 'listed', 'loaded', 'failed'],
      runs.map((run) => [
        String(run.runId),
        run.kind,
        run.windowsOpen > 0 ? `${run.state}, ${run.windowsOpen} windows open` : run.state,
        ago(run.startedAt, now),
        run.finishedAt === null ? '' : duration((run.finishedAt.getTime() - run.startedAt.getTime()) / 1000),
        run.listed === null ? '' : count(run.listed),
        run.loaded === null ? '' : count(run.loaded),
        run.failed === null ? '' : count(run.failed),
      ]),
    ),
  ];
  if (failures.length > 0) {
    blocks.push(
      table(
        'Open failures',
        ['source', 'stage', 'class', 'count', 'last', 'latest message'],
        failures.map((failure) => [
          failure.sourceId,
          failure.stage,
          failure.errorClass,
          count(failure.count),
          ago(failure.lastFailedAt, now),
          failure.example.slice(0, 100),
        ]),
      ),
    );
  }
  if (drift.length > 0) {
    blocks.push(
      table(
        'Met in payloads and not expected',
        ['source', 'path', 'what', 'seen', 'payloads', 'last'],
        drift.map((entry) => [
          entry.sourceId,
          entry.path,
          entry.kind,
          entry.seen.slice(0, 40),
          count(entry.count),
          ago(entry.lastSeenAt, now),
        ]),
      ),
    );
  }
  return blocks.join('\n\n');
}

function sourceText(
  source: SourceStatus,
  queues: readonly QueueStatus[],
  recordings: PipelineStatus['recordings'],
  now: Date,
): string {
  const queue = queues.find(({ sourceId }) => sourceId === source.sourceId);
  const lines = [
    `${source.sourceId}: ${count(source.conversations)} conversations`,
    `  newest call    ${source.newestCallAt === null ? 'none yet' : ago(source.newestCallAt, now)}`,
    `  listed up to   ${source.watermarkAt === null ? 'not to the end yet' : ago(source.watermarkAt, now)}`,
    `  under way      ${count(source.wanted)} wanted, ${count(source.landed)} landed, ${count(source.openWindows)} windows open`,
    `  ended          ${count(source.failed)} open failures, ${count(source.gone)} gone at the source`,
  ];
  const audio = recordings.find(({ sourceId }) => sourceId === source.sourceId);
  if (audio !== undefined) lines.push(`  recordings     ${recordingsText(audio)}`);
  if (queue !== undefined) {
    lines.push(`  queue          ${depth(queue.fetch)} to fetch, ${depth(queue.load)} to load`);
  }
  if (source.outdated > 0) {
    lines.push(
      `  OUTDATED       ${count(source.outdated)} were loaded by an older mapping; rebuild them: voxport reload --source ${source.sourceId}`,
    );
  }
  if (source.inFlightLimit !== null)
    lines.push(`  requests       ${source.inFlightLimit} in flight allowed at present`);
  if (source.pausedAt !== null)
    lines.push(`  PAUSED         since ${ago(source.pausedAt, now)}: ${source.pausedReason ?? ''}`);
  return lines.join('\n');
}

function recordingsText({ stored, pending, absent, failed, removals }: PipelineStatus['recordings'][number]): string {
  const parts = [
    `${count(stored)} stored, ${count(pending)} wanted, ${count(absent)} absent, ${count(failed)} failed`,
    ...(removals > 0 ? [`${count(removals)} erased and still to be removed`] : []),
  ];
  return parts.join(', ');
}

function depth({ waiting, delayed, active }: QueueDepth): string {
  return `${count(waiting + delayed + active)} jobs (${count(active)} active)`;
}

/** A table with aligned columns under a heading. */
export function table(heading: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd();
  return [heading, line(columns), ...rows.map(line)].join('\n');
}

/** How long ago a time is, in words. */
export function ago(time: Date, now: Date): string {
  const secs = (now.getTime() - time.getTime()) / 1000;
  return secs < 0 ? `in ${duration(-secs)}` : `${duration(secs)} ago`;
}

/** A time span in words. */
export /** A time span in words. */
export function duration(secs: number): string {
  if (secs < 60) return `${secs.toFixed(secs < 10 ? 1 : 0)} s`;
  if (secs < 3600) return `${Math.round(secs / 60)} min`;
  if (secs < 48 * 3600) return `${(secs / 3600).toFixed(1)} h`;
  return `${Math.round(secs / 86_400)} days`;
}
