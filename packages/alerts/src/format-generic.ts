import type { Notice } from '@voxport/domain';
import type { Digest } from '@voxport/warehouse';
import { cut } from './words.ts';

const textMax = 2000;

/**
 * Formats a notice, or a digest, as JSON of our own: `{ version, id, event, alerts: [ … ] }`, in snake case like the
 * tables. Times are ISO 8601.
 */
export function formatGeneric(notice: Notice | Digest, idempotencyKey: string): Record<string, unknown> {
  const notices = notice.event === 'digest' ? notice.notices : [notice];
  return {
    version: 1,
    id: idempotencyKey,
    event: notice.event,
    alerts: notices.map((one) => ({
      event: one.event,
      alert_id: one.alertId,
      fingerprint: one.fingerprint,
      kind: one.kind,
      severity: one.severity,
      source_id: one.sourceId,
      title: cut(one.title, textMax),
      detail: cut(one.detail, textMax),
      since: one.since,
      opened_at: one.openedAt,
      resolved_at: one.resolvedAt,
      count: one.count,
      remedy: cut(one.remedy, textMax),
      command: cut(one.command, textMax),
    })),
  };
}
