import { sql } from 'kysely';
import type { Condition } from '@voxport/domain';
import type { Executor } from '../executor.ts';

/** An alert as it is stored. */
export interface StoredAlert extends Omit<Condition, 'revision'> {
  readonly alertId: number;
  readonly openedAt: Date;
  readonly seenAt: Date;
  readonly absentSince: Date | null;
  readonly noticedAt: Date;
  readonly noticedRevision: string;
  readonly notices: number;
  readonly resolvedAt: Date | null;
}

/** What waits to be delivered to a receiver. */
export interface PendingDeliveries {
  readonly receiver: string;
  readonly pending: number;
  /** Kept back by quiet hours. */
  readonly held: number;
  readonly oldestAt: Date;
  readonly attempts: number;
  readonly lastError: string | null;
}

const columns = sql`
  alert_id as "alertId", fingerprint, kind, severity, source_id as "sourceId", title, detail, remedy, command, count, since,
  opened_at as "openedAt", seen_at as "seenAt", absent_since as "absentSince", noticed_at as "noticedAt",
  noticed_revision as "noticedRevision", notices, resolved_at as "resolvedAt"`;

/** The open alerts, gravest first, the oldest of them first. */
export async function listOpenAlerts(executor: Executor): Promise<StoredAlert[]> {
  const { rows } = await sql<StoredAlert>`
    select ${columns} from voxport_ops.alerts where resolved_at is null
    order by array_position(array['critical', 'warning', 'info'], severity), since, alert_id
  `.execute(executor);
  return rows;
}

/** Alerts that recovered, the latest first. */
export async function listResolvedAlerts(executor: Executor, limit: number): Promise<StoredAlert[]> {
  const { rows } = await sql<StoredAlert>`
    select ${columns} from voxport_ops.alerts where resolved_at is not null order by resolved_at desc, alert_id desc limit ${limit}
  `.execute(executor);
  return rows;
}

/** What receivers have not taken yet, by receiver. */
export async function listPendingDeliveries(executor: Executor): Promise<PendingDeliveries[]> {
  const { rows } = await sql<PendingDeliveries>`
    select receiver, count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'held') as held,
           min(created_at) as "oldestAt", max(attempts) as attempts, (array_agg(last_error order by delivery_id desc))[1] as "lastError"
    from voxport_ops.alert_deliveries where state in ('pending', 'held') group by 1 order by 1
  `.execute(executor);
  return rows;
}

/** When the conditions were last evaluated, by whichever scheduler; null for never. */
export async function readEvaluatedAt(executor: Executor): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select evaluated_at as at from voxport_ops.alert_state
  `.execute(executor);
  return rows[0]?.at ?? null;
}
