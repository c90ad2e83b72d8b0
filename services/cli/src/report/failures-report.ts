import type { FailureGroup, FailureRow } from '@voxport/warehouse';
import { count } from './run-report.ts';
import { ago, table } from './status-report.ts';

/** The open failures by class, on one screen. */
export function groupsText(groups: readonly FailureGroup[], now: Date): string {
  if (groups.length === 0) return 'No open failures.';
  return table(
    'Open failures',
    ['source', 'stage', 'class', 'count', 'attempts', 'first', 'last', 'example', 'message'],
    groups.map((group) => [
      group.sourceId,
      group.stage,
      group.errorClass,
      count(group.count),
      count(group.attempts),
      ago(group.firstFailedAt, now),
      ago(group.lastFailedAt, now),
      String(group.exampleId),
      oneLine(group.exampleMessage),
    ]),
  );
}

/** Failures one by one. */
export function failureListText(failures: readonly FailureRow[], total: number, now: Date): string {
  if (failures.length === 0) return 'No open failures.';
  const heading =
    failures.length < total ? `The latest ${count(failures.length)} of ${count(total)} open failures` : 'Open failures';
  return table(
    heading,
    ['id', 'source', 'stage', 'class', 'of', 'attempts', 'last', 'message'],
    failures.map((failure) => [
      String(failure.failureId),
      failure.sourceId,
      failure.stage,
      failure.errorClass,
      subject(failure),
      String(failure.attempts),
      ago(failure.lastFailedAt, now),
      oneLine(failure.message),
    ]),
  );
}

/** One failure with everything that is known; `payload` is undefined when it was not asked for, null when none was kept. */
export function failureText(failure: FailureRow, payload: string | null | undefined, now: Date): string {
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
    ['payload', failure.payloadId === null ? 'none kept' : `${failure.payloadId} (see it with --payload)`],
  ];
  const text = [
    `Failure ${failure.failureId}`,
    ...lines.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(14)}${value}`])),
  ].join('\n');
  return payload === undefined || payload === null ? text : `${text}\n\n${payload}`;
}

function subject({ conversationId, windowId }: FailureRow): string {
  return conversationId ?? (windowId === null ? '' : `window ${windowId}`);
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').slice(0, 100);
}
