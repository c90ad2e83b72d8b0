import { type Condition, duration } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { count, secsBetween } from '../words.ts';

/** One or two calls may have had no webhook for a reason of their own. */
const callsMin = 3;

/** Calls end and are found by polling, and none of their webhooks comes. */
export function webhookSilent({ sourceId, webhook, signs }: SourceObservation, now: Date, silentAfterSecs: number) {
  if (webhook === null || webhook.firstEndedAt === null || webhook.callsWithout < callsMin) return [];
  if (signs.pausedAt !== null || secsBetween(webhook.firstEndedAt, now) < silentAfterSecs) return [];
  const condition: Condition = {
    fingerprint: `webhook_silent/${sourceId}`,
    kind: 'webhook_silent',
    severity: 'warning',
    sourceId,
    title: `${sourceId}: no webhook, while ${count(webhook.callsWithout)} calls have ended`,
    detail: `${webhook.lastReceivedAt === null ? 'None has ever come' : `The last came ${duration(secsBetween(webhook.lastReceivedAt, now))} ago`}. The calls were found by polling: nothing is lost, it only comes later.`,
    since: webhook.firstEndedAt,
    count: webhook.callsWithout,
    revision: '',
    remedy:
      "See that the gateway can be reached under its public URL, that the source's workspace sends there, and that the secrets are the same.",
    command: 'voxport doctor',
  };
  return [condition];
}
