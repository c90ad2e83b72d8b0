import { ago, duration } from '@voxport/domain';
import type { PendingDeliveries, StoredAlert } from '@voxport/warehouse';

/** The open alerts, and what is still to be delivered. */
export interface AlertsListing {
  readonly open: readonly StoredAlert[];
  readonly recovered: readonly StoredAlert[];
  readonly deliveries: readonly PendingDeliveries[];
  /** When the pipeline was last looked at; null for never. */
  readonly evaluatedAt: Date | null;
}

/** What came of a test alert. */
export interface TestedReceiver {
  readonly name: string;
  readonly kind: 'slack' | 'generic' | 'heartbeat';
  readonly host: string;
  readonly taken: boolean;
  /** Null: no answer. */
  readonly status: number | null;
  readonly said: string;
}

/** The pipeline is looked at every half minute: after so long nobody does. */
const unwatchedSecs = 300;

/** The alerts for people. */
export function alertsText({ open, recovered, deliveries, evaluatedAt }: AlertsListing, now: Date): string {
  const lines = open.length === 0 ? ['No alert is open.'] : open.map((alert) => alertText(alert, now));
  if (recovered.length > 0) {
    lines.push(
      [
        'Recovered',
        ...recovered.map((alert) => `  ${ago(alert.resolvedAt ?? now, now).padEnd(12)}  ${alert.title}`),
      ].join('\n'),
    );
  }
  for (const { receiver, pending, held, oldestAt, lastError } of deliveries) {
    const parts = [
      ...(pending > 0 ? [`${pending} not taken yet, the first ${ago(oldestAt, now)}`] : []),
      ...(held > 0 ? [`${held} kept back by quiet hours`] : []),
    ];
    lines.push(`Receiver ${receiver}: ${parts.join('; ')}${lastError === null ? '' : `\n  ${lastError}`}`);
  }
  if (evaluatedAt === null || (now.getTime() - evaluatedAt.getTime()) / 1000 > unwatchedSecs) {
    lines.push(
      `Nobody watches: ${evaluatedAt === null ? 'the pipeline has never been looked at' : `the pipeline was last looked at ${ago(evaluatedAt, now)}`}. A scheduler does that: voxport up`,
    );
  }
  return lines.join('\n\n');
}

function alertText(alert: StoredAlert, now: Date): string {
  const held = duration((now.getTime() - alert.since.getTime()) / 1000);
  return [
    `${alert.severity.toUpperCase().padEnd(8)}  ${alert.title}`,
    `  alert ${alert.alertId}, ${alert.kind}, for ${held}${alert.absentSince === null ? '' : ', not met at present'}`,
    `  ${alert.detail}`,
    `  ${alert.remedy}`,
    `  → ${alert.command}`,
  ].join('\n');
}

/** What came of the test alerts, for people. */
export function testedText(tested: readonly TestedReceiver[]): string {
  return tested
    .map(({ name, kind, host, taken, status, said }) => {
      const answer = status === null ? said : `${status}${said === '' ? '' : ` ${said}`}`;
      const line = `${taken ? 'ok  ' : 'FAIL'}  ${name} (${kind}, ${host}): ${answer}`;
      return taken ? line : `${line}\n      → ${remedyOf(kind, status)}`;
    })
    .join('\n');
}

function remedyOf(kind: TestedReceiver['kind'], status: number | null): string {
  if (status === null) return 'See that the host is right, and that this machine may reach it.';
  if ([401, 403, 404, 410].includes(status))
    return 'The URL is not, or no longer, one that takes messages: make a new one.';
  if (status >= 300 && status < 400) return 'Configure the address that it leads to: redirections are not followed.';
  if (kind === 'slack' && status === 400)
    return 'It does not take Slack messages (Discord: end the URL with /slack; else: kind: generic).';
  return 'See what it said.';
}
