import { severities, type Condition, type NoticeEvent, type Severity } from '@voxport/domain';
import type { AlertChanges, StoredAlert } from '@voxport/warehouse';

/** A condition that is met, then not, then met again within this time is one that lasted. */
const settleMs = 60_000;
/** Growth is reported once in so long. */
const changeAgainMs = 3_600_000;

export interface PlanChangesOptions {
  readonly open: readonly StoredAlert[];
  readonly conditions: readonly Condition[];
  /** Whether the evaluation could say nothing of an alert. */
  readonly isUnknown: (alert: StoredAlert) => boolean;
  readonly now: Date;
  readonly remindAfterMs: number;
}

/**
 * Decides what one evaluation changes: which alerts open, which are told of again (graver, grown, or open for long),
 * which begin to be absent, and which recover. A severity never falls while its alert is open: around a limit it would
 * be told of again and again.
 */
export function planChanges({ open, conditions, isUnknown, now, remindAfterMs }: PlanChangesOptions): AlertChanges {
  const openByFingerprint = new Map(open.map((alert) => [alert.fingerprint, alert]));
  const met = new Map(conditions.map((condition) => [condition.fingerprint, condition]));
  const changes = { opened: [] as Condition[], seen: [] as AlertChanges['seen'][number][] };
  for (const condition of met.values()) {
    const alert = openByFingerprint.get(condition.fingerprint);
    if (alert === undefined) {
      changes.opened.push(condition);
      continue;
    }
    const severity = graver(alert.severity, condition.severity);
    changes.seen.push({
      alertId: alert.alertId,
      condition: { ...condition, severity },
      event: eventOf(alert, { ...condition, severity }, now, remindAfterMs),
    });
  }
  const absent = open.filter((alert) => !met.has(alert.fingerprint) && !isUnknown(alert));
  const isOver = ({ absentSince }: StoredAlert): boolean =>
    absentSince !== null && now.getTime() - absentSince.getTime() >= settleMs;
  return {
    ...changes,
    absent: absent.filter((alert) => !isOver(alert)).map(({ alertId }) => alertId),
    recovered: absent.filter(isOver).map(({ alertId }) => alertId),
  };
}

function eventOf(alert: StoredAlert, condition: Condition, now: Date, remindAfterMs: number): NoticeEvent | null {
  const silentMs = now.getTime() - alert.noticedAt.getTime();
  if (condition.severity !== alert.severity) return 'changed';
  if (condition.revision !== alert.noticedRevision && hasGrown(alert, condition) && silentMs >= changeAgainMs)
    return 'changed';
  // What is only worth knowing is told once.
  return condition.severity !== 'info' && silentMs >= remindAfterMs ? 'reminder' : null;
}

/** That there are fewer now is no news until there are none. */
function hasGrown(alert: StoredAlert, { count }: Condition): boolean {
  return count === null || alert.count === null || count >= alert.count;
}

function graver(left: Severity, right: Severity): Severity {
  return severities.indexOf(left) >= severities.indexOf(right) ? left : right;
}
