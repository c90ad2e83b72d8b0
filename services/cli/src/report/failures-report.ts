import { ago } from '@voxport/domain';
import type { FailureGroup, FailureRow } from '@voxport/warehouse';
import { count } from './run-report.ts';
import { table } from './table.ts';
import { wrapped } from './wrapped.ts';

/** The open failures by class, on one screen. */
export function groupsText(groups: readonly FailureGroup[], now: Date, columns: number): string {
  if (groups.length === 0) return 'No open failures.';
  return withMessages(
    'Open failures',
    ['source', 'stage', 'class', 'count', 'attempts', 'first', 'last', 'example'],
    groups.map((group) => [
      [
        group.sourceId,
        group.stage,
        group.errorClass,
        count(group.count),
        count(group.attempts),
        ago(group.firstFailedAt, now),
        ago(group.lastFailedAt, now),
        String(group.exampleId),
      ],
      group.exampleMessage,
    ]),
    columns,
  );
}

/** Failures one by one. */
export function failureListText(failures: readonly FailureRow[], total: number, now: Date, columns: number): string {
  if (failures.length === 0) return 'No open failures.';
  const heading =
    failures.length < total ? `The latest ${count(failures.length)} of ${count(total)} open failures` : 'Open failures';
  return withMessages(
    heading,
    ['id', 'source', 'stage', 'class', 'of', 'attempts', 'last'],
    failures.map((failure) => [
      [
        String(failure.failureId),
        failure.sourceId,
        failure.stage,
        failure.errorClass,
        subject(failure),
        String(failure.attempts),
        ago(failure.lastFailedAt, now),
      ],
      failure.message,
    ]),
    columns,
  );
}

/**
 * One failure with everything that is known but its payload's content; `payload` is undefined when it was not asked
 * for.
 */
export function failureText(
  failure: FailureRow,
  payload: string | null | undefined,
  { now, columns }: { now: Date; columns: number },
): string {
  const lines: [string, string | null][] = [
    ['source', failure.sourceId],
    ['stage', failure.stage],
    ['class', failure.errorClass],
    ['message', failure.message],
    ['HTTP status', failure.httpStatus === null ? null : String(failure.httpStatus)],
    ['conversation', failure.conversationId],
    ['window', failure.windowId === null ? null : String(failure.windowId)],
    ['run', failure.runId === null ? null : String(failure.runId)],
    ['attempts', String(failure.attempts)],
    ['retried', failure.retries === 0 ? null : `${failure.retries} times by an operator`],
    ['first failed', `${failure.firstFailedAt.toISOString()} (${ago(failure.firstFailedAt, now)})`],
    ['last failed', `${failure.lastFailedAt.toISOString()} (${ago(failure.lastFailedAt, now)})`],
    ['state', failure.resolvedAt === null ? 'open' : `${failure.resolution} at ${failure.resolvedAt.toISOString()}`],
    [
      'payload',
      failure.payloadId === null
        ? 'none kept'
        : `${failure.payloadId}${payload === undefined ? ' (see it with --payload)' : ''}`,
    ],
  ];
  const text = [
    `Failure ${failure.failureId}`,
    ...lines.flatMap(([name, value]) =>
      value === null
        ? []
        : wrapped(`  ${name.padEnd(14)}${value.replaceAll(/\s+/gu, ' ').trim()}`, ' '.repeat(16), columns),
    ),
  ].join('\n');
  return text;
}

function subject({ conversationId, windowId }: FailureRow): string {
  return conversationId ?? (windowId === null ? '' : `window ${windowId}`);
}

/** A table whose rows are each followed by their whole message: a message's reason stands at its end. */
function withMessages(
  heading: string,
  titles: readonly string[],
  rows: readonly (readonly [cells: readonly string[], message: string])[],
  columns: number,
): string {
  return table(
    heading,
    titles,
    rows.map(([cells, message]) => ({
      cells,
      below: wrapped(`    ${message.replaceAll(/\s+/gu, ' ').trim()}`, '    ', columns),
    })),
    columns,
  );
}
