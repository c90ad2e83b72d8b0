import { sql } from 'kysely';
import { isAtLeast, type Condition, type Notice, type NoticeEvent, type Severity } from '@voxport/domain';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { storableText } from '../storable-text.ts';
import { listOpenAlerts, type StoredAlert } from './list-alerts.ts';
import { deferAndBatch } from './quiet-deliveries.ts';

/** What one evaluation of the pipeline changes. */
export interface AlertChanges {
  readonly opened: readonly Condition[];
  /** Alerts whose condition is still met, with what there is to tell of them; null for nothing. */
  readonly seen: readonly {
    readonly alertId: number;
    readonly condition: Condition;
    readonly event: NoticeEvent | null;
  }[];
  readonly absent: readonly number[];
  readonly recovered: readonly number[];
}

/** A receiver as the outbox knows it: its URL stays with the one who sends. */
export interface ReceiverRule {
  readonly name: string;
  readonly minSeverity: Severity;
  /** Whether its quiet hours are on. */
  readonly isQuiet: boolean;
}

/** What an evaluation has changed. */
export interface ChangedAlerts {
  readonly opened: readonly StoredAlert[];
  readonly recovered: readonly StoredAlert[];
}

/** A clock that has jumped back must not stop the evaluation until it has caught up. */
const clockStepMs = 5 * 60_000;
/**
 * An alert of a source that nobody looks at any more (no longer configured) is closed after so long, without a word.
 */
const forgottenMs = 7 * 86_400_000;

/**
 * Changes the alerts by one evaluation, and writes down what is to be delivered, in one transaction. Several schedulers
 * look at once: they wait for one another here, and an evaluation that is not later than the last one, or comes less
 * than `everyMs` after it, changes nothing.
 * @param evaluation.sourceIds the sources that were evaluated; alerts of others are left alone.
 * @param evaluation.plan decides by the open alerts what changes.
 * @returns what has changed; null when another scheduler's evaluation was as good.
 */
export async function changeAlerts(
  database: TransactionalExecutor,
  evaluation: {
    now: Date;
    everyMs: number;
    sourceIds: readonly string[];
    receivers: readonly ReceiverRule[];
    plan: (open: readonly StoredAlert[]) => AlertChanges;
  },
): Promise<ChangedAlerts | null> {
  const { now, sourceIds, receivers } = evaluation;
  return database.transaction().execute(async (transaction) => {
    if (!(await takeTurn(transaction, now, evaluation.everyMs))) return null;
    const all = await listOpenAlerts(transaction);
    const open = all.filter(({ sourceId }) => sourceId === null || sourceIds.includes(sourceId));
    const changes = evaluation.plan(open);
    const told: { alert: StoredAlert; event: NoticeEvent }[] = [];
    for (const condition of changes.opened) {
      told.push({ alert: await openAlert(transaction, condition, now), event: 'opened' });
    }
    for (const { alertId, condition, event } of changes.seen) {
      const alert = await updateAlert(transaction, alertId, condition, now, event !== null);
      if (event !== null && alert !== null) told.push({ alert, event });
    }
    await sql`
      update voxport_ops.alerts set absent_since = coalesce(absent_since, ${now.toISOString()}::timestamptz)
      where alert_id = any(${[...changes.absent]}::int8[]) and resolved_at is null
    `.execute(transaction);
    const recovered = await resolveAlerts(transaction, changes.recovered, now);
    told.push(...recovered.map((alert) => ({ alert, event: 'recovered' as const })));
    await forgetAlerts(transaction, open, now);
    for (const { alert, event } of told) await writeDeliveries(transaction, alert, event, receivers, now);
    await deferAndBatch(transaction, receivers, now);
    return { opened: told.filter(({ event }) => event === 'opened').map(({ alert }) => alert), recovered };
  });
}

async function takeTurn(executor: Executor, now: Date, everyMs: number): Promise<boolean> {
  const { rows } = await sql<{ at: Date | null }>`
    select evaluated_at as at from voxport_ops.alert_state for update
  `.execute(executor);
  const sinceMs = rows[0]?.at == null ? Number.POSITIVE_INFINITY : now.getTime() - rows[0].at.getTime();
  if (sinceMs < everyMs && sinceMs > -clockStepMs) return false;
  await sql`update voxport_ops.alert_state set evaluated_at = ${now.toISOString()}::timestamptz`.execute(executor);
  return true;
}

async function openAlert(executor: Executor, condition: Condition, now: Date): Promise<StoredAlert> {
  const at = now.toISOString();
  await sql`
    insert into voxport_ops.alerts
      (fingerprint, kind, severity, source_id, title, detail, remedy, command, count, revision, since, opened_at, seen_at, noticed_at, noticed_revision)
    values (${condition.fingerprint}, ${condition.kind}, ${condition.severity}, ${condition.sourceId}, ${storableText(condition.title)},
            ${storableText(condition.detail)}, ${condition.remedy}, ${condition.command}, ${condition.count}::int8, ${condition.revision},
            ${condition.since.toISOString()}::timestamptz, ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz, ${condition.revision})
  `.execute(executor);
  return (await listOpenAlerts(executor)).find(({ fingerprint }) => fingerprint === condition.fingerprint)!;
}

async function updateAlert(
  executor: Executor,
  alertId: number,
  condition: Condition,
  now: Date,
  isNoticed: boolean,
): Promise<StoredAlert | null> {
  const at = now.toISOString();
  await sql`
    update voxport_ops.alerts
    set severity = ${condition.severity}, title = ${storableText(condition.title)}, detail = ${storableText(condition.detail)},
        remedy = ${condition.remedy}, command = ${condition.command}, count = ${condition.count}::int8, revision = ${condition.revision},
        since = least(since, ${condition.since.toISOString()}::timestamptz), seen_at = ${at}::timestamptz, absent_since = null,
        noticed_at = case when ${isNoticed} then ${at}::timestamptz else noticed_at end,
        noticed_revision = case when ${isNoticed} then ${condition.revision} else noticed_revision end,
        notices = notices + ${isNoticed ? 1 : 0}
    where alert_id = ${alertId}
  `.execute(executor);
  if (!isNoticed) return null;
  return (await listOpenAlerts(executor)).find((alert) => alert.alertId === alertId) ?? null;
}

async function resolveAlerts(executor: Executor, alertIds: readonly number[], now: Date): Promise<StoredAlert[]> {
  if (alertIds.length === 0) return [];
  const resolved = (await listOpenAlerts(executor)).filter(({ alertId }) => alertIds.includes(alertId));
  // It was over when it was first not met.
  await sql`
    update voxport_ops.alerts set resolved_at = coalesce(absent_since, ${now.toISOString()}::timestamptz)
    where alert_id = any(${[...alertIds]}::int8[])
  `.execute(executor);
  return resolved.map((alert) => ({ ...alert, resolvedAt: alert.absentSince ?? now }));
}

async function forgetAlerts(executor: Executor, looked: readonly StoredAlert[], now: Date): Promise<void> {
  const before = new Date(now.getTime() - forgottenMs).toISOString();
  await sql`
    update voxport_ops.alerts set resolved_at = ${now.toISOString()}::timestamptz
    where resolved_at is null and seen_at < ${before}::timestamptz and alert_id <> all(${looked.map(({ alertId }) => alertId)}::int8[])
  `.execute(executor);
}

/**
 * Who was told that an alert opened is told that it recovered. A reminder is not written while an earlier notice of the
 * alert still waits: a receiver that is back after a day is not told the same six times.
 */
async function writeDeliveries(
  executor: Executor,
  alert: StoredAlert,
  event: NoticeEvent,
  receivers: readonly ReceiverRule[],
  now: Date,
): Promise<void> {
  const notice = noticeOf(alert, event);
  const names = receivers.filter(({ minSeverity }) => isAtLeast(alert.severity, minSeverity)).map(({ name }) => name);
  await sql`
    insert into voxport_ops.alert_deliveries (receiver, alert_id, event, severity, notice, created_at, due_at)
    select named.receiver, ${alert.alertId}, ${event}, ${alert.severity}, ${JSON.stringify(notice)}::jsonb,
           ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz
    from unnest(${names}::text[]) as named (receiver)
    where case ${event}
      when 'recovered' then exists (
        select 1 from voxport_ops.alert_deliveries d where d.receiver = named.receiver and d.alert_id = ${alert.alertId})
      when 'reminder' then not exists (
        select 1 from voxport_ops.alert_deliveries d
        where d.receiver = named.receiver and d.alert_id = ${alert.alertId} and d.state in ('pending', 'held'))
      else true end
  `.execute(executor);
}

function noticeOf(alert: StoredAlert, event: NoticeEvent): Notice {
  return {
    event,
    alertId: alert.alertId,
    fingerprint: alert.fingerprint,
    kind: alert.kind,
    severity: alert.severity,
    sourceId: alert.sourceId,
    title: alert.title,
    detail: alert.detail,
    since: alert.since.toISOString(),
    openedAt: alert.openedAt.toISOString(),
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
    count: alert.count,
    remedy: alert.remedy,
    command: alert.command,
  };
}
