import { randomUUID } from 'node:crypto';
import { type Notice, snakeJson } from '@voxport/domain';
import type { AlertReceiver } from '@voxport/runtime';
import { callUrl, type PostResult, sendNotice } from '@voxport/alerts';
import {
  databaseNow,
  listOpenAlerts,
  listPendingDeliveries,
  listResolvedAlerts,
  readEvaluatedAt,
} from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { alertsText, testedText, type TestedReceiver } from '../report/alerts-report.ts';
import { UsageError } from '../usage-error.ts';
import { withDatabase } from '../export/with-database.ts';

const resolvedShown = 20;

/** `voxport alerts`: what is open, and what receivers have not taken yet. Reads only. */
export async function listAlerts(command: CommandContext, options: { all: boolean; json: boolean }): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: false });
  return withDatabase<ExitCode>(
    command,
    { config, service: 'alerts', schemas: 'required' },
    async ({ database: { kysely } }) => {
      const now = await databaseNow(kysely);
      const alerts = {
        open: await listOpenAlerts(kysely),
        recovered: options.all ? await listResolvedAlerts(kysely, resolvedShown) : [],
        deliveries: await listPendingDeliveries(kysely),
        evaluatedAt: await readEvaluatedAt(kysely),
      };
      command.print(options.json ? snakeJson({ at: now, ...alerts }) : alertsText(alerts, now));
      return 0;
    },
  );
}

/**
 * `voxport alerts test`: sends a test alert to every configured receiver, now, and says what came back. 1 when one of
 * them did not take it.
 */
export async function testAlerts(command: CommandContext, options: { json: boolean }): Promise<ExitCode> {
  const { alerts } = await command.loadConfig({ needsSources: true });
  if (alerts.receivers.length === 0 && alerts.heartbeat === null) {
    throw new UsageError(
      'there is no receiver: set VOXPORT_ALERT_WEBHOOK_URL, or alerts.receivers in the file of VOXPORT_CONFIG',
    );
  }
  const now = new Date();
  const tested: TestedReceiver[] = await Promise.all(
    alerts.receivers.map(async (receiver) =>
      toTested(receiver.name, receiver, await sendTest(receiver, now, command.signal)),
    ),
  );
  if (alerts.heartbeat !== null) {
    const { url, proxy = null } = alerts.heartbeat;
    tested.push(toTested('heartbeat', { kind: 'heartbeat', url }, await callUrl(url.reveal(), proxy, command.signal)));
  }
  command.print(options.json ? snakeJson({ receivers: tested }) : testedText(tested));
  return tested.every(({ taken }) => taken) ? 0 : 1;
}

function sendTest(receiver: AlertReceiver, now: Date, signal: AbortSignal): Promise<PostResult> {
  const notice: Notice = {
    event: 'opened',
    alertId: 0,
    fingerprint: 'test',
    kind: 'test',
    severity: 'info',
    sourceId: null,
    title: 'This is a test alert',
    detail: 'It was sent by hand: nothing is wrong. Real alerts look like this one.',
    since: now.toISOString(),
    openedAt: now.toISOString(),
    resolvedAt: null,
    count: null,
    remedy: 'There is nothing to do. To see what is open:',
    command: 'voxport alerts list',
  };
  return sendNotice(receiver, { notice, idempotencyKey: randomUUID(), now }, signal);
}

/** Of a URL only the host is told: the rest is the secret. */
function toTested(
  name: string,
  { kind, url }: { kind: TestedReceiver['kind']; url: AlertReceiver['url'] },
  result: PostResult,
): TestedReceiver {
  return {
    name,
    kind,
    host: new URL(url.reveal()).host,
    taken: result.kind === 'taken',
    status: result.status,
    said: result.said,
  };
}
