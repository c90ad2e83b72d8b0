import { ago, duration } from '@voxport/domain';
import type { RunCounts, RunEndCounts, RunRow, RunWindow } from '@voxport/warehouse';
import { count } from './run-report.ts';
import { table } from './table.ts';
import { wrapped } from './wrapped.ts';

/** A run with its counts: as it ended, or as it stands. */
export interface CountedRun {
  readonly run: RunRow;
  readonly counts: RunEndCounts | RunCounts;
}

/** Whether nobody has worked on a run yet: it waits for a fleet. */
function hasNotBegun({ isInterrupted, pages }: RunRow): boolean {
  return isInterrupted && pages === 0;
}

/** The state of a run in words. */
export function stateOf(run: RunRow): string {
  const { state, isInterrupted, cancelledAt } = run;
  if (isInterrupted) return hasNotBegun(run) ? 'not begun' : 'interrupted';
  if (state === 'cancelled') return cancelledAt === null ? 'taken over' : 'cancelled';
  return state === 'finished_with_failures' ? 'with failures' : state;
}

/** Runs on one screen. */
export function runsText(runs: readonly CountedRun[], now: Date, columns: number): string {
  if (runs.length === 0) return 'There are no runs.';
  const text = table(
    'Runs',
    [
      'run',
      'kind',
      'state',
      'sources',
      'range',
      'started',
      'took',
      'windows',
      'listed',
      'loaded',
      'unchanged',
      'failed',
    ],
    runs.map(({ run, counts }) => [
      String(run.runId),
      run.kind,
      stateOf(run),
      run.sourceIds.join(', '),
      rangeText(run),
      ago(run.startedAt, now),
      duration(workedMs(run, now) / 1000),
      windowsText(run),
      count(counts.listed),
      count(counts.loaded),
      count(counts.unchanged),
      count(counts.failed),
    ]),
    columns,
  );
  const hints = runs.flatMap(({ run }) => {
    if (run.isInterrupted) return [`Nobody works on run ${run.runId}: voxport runs resume ${run.runId}`];
    if (run.state === 'paused') return [`Run ${run.runId} is paused: voxport runs resume ${run.runId}`];
    return [];
  });
  return hints.length === 0 ? text : `${text}\n\n${hints.join('\n')}`;
}

/** One run with its windows. */
export function runText(
  { run, counts }: CountedRun,
  windows: readonly RunWindow[],
  { now, columns }: { now: Date; columns: number },
): string {
  const secs = workedMs(run, now) / 1000;
  const ended = counts.loaded + counts.unchanged + counts.failed + counts.gone;
  const filters = Object.entries(run.filters).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const pending = 'pending' in counts ? counts.pending : 0;
  const lines: [string, string | null][] = [
    ['kind', run.kind],
    ['state', `${stateOf(run)}${run.isInterrupted ? ` (nobody works on it: voxport runs resume ${run.runId})` : ''}`],
    ['sources', run.sourceIds.join(', ')],
    ['range', rangeText(run) || 'what is new'],
    ['filters', filters.length === 0 ? 'those of the source' : filters.join(', ')],
    ['started', `${run.startedAt.toISOString()} (${ago(run.startedAt, now)})`],
    ['ended', run.finishedAt === null ? null : `${run.finishedAt.toISOString()} (${ago(run.finishedAt, now)})`],
    ['paused', run.pausedAt === null ? null : `since ${run.pausedAt.toISOString()} (${ago(run.pausedAt, now)})`],
    ['took', `${duration(secs)}${run.pausedMs > 0 ? `, and was paused for ${duration(run.pausedMs / 1000)}` : ''}`],
    ['windows', windowsText(run)],
    ['pages', count(run.pages)],
    ['listed', `${count(counts.listed)}${counts.rechecked > 0 ? `, and ${count(counts.rechecked)} rechecks` : ''}`],
    ['fetched', count(counts.fetched)],
    ['loaded', count(counts.loaded)],
    ['unchanged', count(counts.unchanged)],
    ['gone', counts.gone > 0 ? count(counts.gone) : null],
    ['pending', pending > 0 ? count(pending) : null],
    [
      'given up',
      counts.cancelled > 0 ? `${count(counts.cancelled)} (listed, and not fetched when it was cancelled)` : null,
    ],
    ['rate', secs > 0 ? `${(ended / secs).toFixed(1)} conversations a second` : null],
    [
      'failed',
      `${count(counts.failed)}${run.failuresOpen > 0 ? ` (${count(run.failuresOpen)} open: voxport failures --each)` : ''}`,
    ],
  ];
  const head = [
    `Run ${run.runId}`,
    ...lines.flatMap(([name, value]) =>
      value === null ? [] : wrapped(`  ${name.padEnd(11)}${value}`, ' '.repeat(13), columns),
    ),
  ].join('\n');
  if (windows.length === 0) return head;
  const body = table(
    'Windows',
    ['window', 'source', 'state', 'range', 'pages', 'listed', 'restarts', 'moved'],
    windows.map((window) => [
      String(window.windowId),
      window.sourceId,
      window.state,
      rangeText(window),
      count(window.pages),
      count(window.listed),
      String(window.restarts),
      ago(window.updatedAt, now),
    ]),
    columns,
  );
  return `${head}\n\n${body}`;
}

/** One run for machines: the row, its counts as they stand, and its state in words. */
export function runsJson({ run, counts }: CountedRun): Readonly<Record<string, unknown>> {
  const { ended: _, isRequested: __, range, ...rest } = run;
  return { ...rest, rangeAfter: range?.after ?? null, rangeBefore: range?.before ?? null, counts };
}

/** How long somebody was to work on it, pauses left out. */
function workedMs(run: RunRow, now: Date): number {
  return Math.max(0, (run.finishedAt ?? now).getTime() - run.startedAt.getTime() - run.pausedMs);
}

function windowsText({ windows, windowsOpen, windowsFailed, windowsCancelled }: RunRow): string {
  const ended = windows - windowsOpen - windowsFailed - windowsCancelled;
  const rest = [
    ...(windowsFailed > 0 ? [`${windowsFailed} failed`] : []),
    ...(windowsCancelled > 0 ? [`${windowsCancelled} cancelled`] : []),
  ];
  return `${ended}/${windows}${rest.length === 0 ? '' : ` (${rest.join(', ')})`}`;
}

function rangeText({ range }: Pick<RunRow, 'range'>): string {
  if (range === null) return '';
  return `${range.after === null ? 'the beginning' : day(range.after)} to ${day(range.before)}`;
}

/** Midnight UTC as a date, any other time as it is. */
function day(time: Date): string {
  return time
    .toISOString()
    .replace(/T00:00:00\.000Z$/u, '')
    .replace(/\.000Z$/u, 'Z');
}
