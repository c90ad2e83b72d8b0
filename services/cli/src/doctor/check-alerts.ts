import { isWatched } from '@voxport/alerts';
import type { AlertReceiver, Config } from '@voxport/runtime';
import { listPendingDeliveries, readRoleHeartbeats } from '@voxport/warehouse';
import { connectToInspect } from './connect-to-inspect.ts';
import { ok, warn, type Finding } from './finding.ts';

/**
 * Checks who is told when something goes wrong, and by what way. Nothing is sent: that is what `voxport alerts test` is
 * for.
 */
export function checkReceivers({ sources, alerts }: Pick<Config, 'sources' | 'alerts'>): Finding[] {
  if (sources.length === 0) return [];
  const findings: Finding[] = [];
  if (alerts.receivers.length === 0) {
    findings.push(
      warn(
        'alert receivers',
        'there is none: nobody is told when something goes wrong',
        'Set VOXPORT_ALERT_WEBHOOK_URL, or alerts.receivers in the file of VOXPORT_CONFIG; then: voxport alerts test',
      ),
    );
  } else if (alerts.receivers.every(({ minSeverity }) => minSeverity === 'critical')) {
    findings.push(
      warn(
        'alert receivers',
        'all of them are told of critical alerts only: dead letters and gaps are told to nobody',
        'Lower min_severity of one of them.',
      ),
    );
  } else findings.push(ok('alert receivers', alerts.receivers.map(({ name }) => name).join(', ')));
  findings.push(...alerts.receivers.flatMap(checkReceiver));
  findings.push(
    alerts.heartbeat === null
      ? warn(
          'heartbeat',
          'there is none: if everything stops, nobody is left to tell',
          "Set VOXPORT_HEARTBEAT_URL to a dead man's switch (a monitor that alerts when it is not called).",
        )
      : ok('heartbeat', `called every ${alerts.heartbeat.everySecs} s while the pipeline consumes`),
  );
  return findings;
}

function checkReceiver({ name, kind, url }: AlertReceiver): Finding[] {
  const { protocol, hostname, pathname } = new URL(url.reveal());
  const check = `alert receiver ${name}`;
  const findings: Finding[] = [];
  if (/(?:^|\.)discord(?:app)?\.com$/u.test(hostname) && kind === 'slack' && !pathname.endsWith('/slack')) {
    findings.push(
      warn(check, 'Discord takes messages of this kind only at …/slack', 'Add /slack to the end of the URL.'),
    );
  }
  if (/(?:^|\.)slack\.com$/u.test(hostname) && kind === 'generic') {
    findings.push(warn(check, 'Slack does not take messages of kind generic', 'Set kind: slack.'));
  }
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || !hostname.includes('.');
  if (protocol === 'http:' && !isLocal) {
    findings.push(
      warn(check, `its URL (${hostname}) has no TLS: alerts, and the URL itself, pass in the clear`, 'Use https://.'),
    );
  }
  return findings;
}

/**
 * Checks whether alerts are looked for at all, and whether receivers take them. Says nothing where the database does
 * not answer: that is told already.
 */
export async function checkAlertDelivery(
  url: string,
  { alerts, sources }: Pick<Config, 'alerts' | 'sources'>,
): Promise<Finding[]> {
  if (sources.length === 0 || (alerts.receivers.length === 0 && alerts.heartbeat === null)) return [];
  await using database = connectToInspect(url);
  try {
    const deliveries = await listPendingDeliveries(database.kysely);
    const stuck = deliveries.filter(({ attempts, pending }) => attempts > 1 && pending > 0);
    return [
      isWatched(await readRoleHeartbeats(database.kysely))
        ? ok('alert watch', 'a scheduler looks at the pipeline')
        : warn(
            'alert watch',
            'no scheduler looks at the pipeline: no alert would be sent',
            'Start one: voxport up, or the scheduler service.',
          ),
      ...stuck.map(({ receiver, pending, lastError }) =>
        warn(
          `alert receiver ${receiver}`,
          `has not taken ${pending} ${pending === 1 ? 'alert' : 'alerts'} (${lastError ?? 'no answer'})`,
          'Remedy what it says, then: voxport alerts test',
        ),
      ),
    ];
  } catch {
    return [];
  }
}
