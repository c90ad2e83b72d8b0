import { sql } from 'kysely';
import type { Notice } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { storableText } from '../storable-text.ts';
import type { Digest } from './quiet-deliveries.ts';

/** Something that is to be sent, taken up by this process for a while. */
export interface ClaimedDelivery {
  readonly deliveryId: number;
  /** The same for every attempt. */
  readonly idempotencyKey: string;
  /** This one included. */
  readonly attempts: number;
  readonly notice: Notice | Digest;
}

/** The process that took a delivery up has this long to send it; one that died meanwhile is replaced after it. */
const claimMs = 60_000;
/** What a receiver has not taken for a week is given up. */
const expireMs = 7 * 86_400_000;
const keepDeliveriesMs = 30 * 86_400_000;
const keepAlertsMs = 90 * 86_400_000;
const keepMinutesMs = 7 * 86_400_000;

/**
 * Takes up the next thing that a receiver is to be told; null when there is nothing that is due. What concerns one
 * alert is told in its order: a recovery waits while the notice before it has not been taken.
 */
export async function claimDelivery(
  executor: Executor,
  claim: { receiver: string; now: Date },
): Promise<ClaimedDelivery | null> {
  const at = claim.now.toISOString();
  const until = new Date(claim.now.getTime() + claimMs).toISOString();
  const { rows } = await sql<ClaimedDelivery>`
    update voxport_ops.alert_deliveries set claimed_until = ${until}::timestamptz, attempts = attempts + 1
    where delivery_id = (
      select delivery_id from voxport_ops.alert_deliveries d
      where receiver = ${claim.receiver} and state = 'pending' and due_at <= ${at}::timestamptz
        and coalesce(claimed_until <= ${at}::timestamptz, true)
        and not exists (
          select 1 from voxport_ops.alert_deliveries earlier
          where earlier.receiver = d.receiver and earlier.alert_id = d.alert_id and earlier.state = 'pending' and earlier.delivery_id < d.delivery_id
        )
      order by delivery_id limit 1
      for update skip locked
    )
    returning delivery_id as "deliveryId", idempotency_key as "idempotencyKey", attempts, notice
  `.execute(executor);
  return rows[0] ?? null;
}

/** The receiver has taken it. */
export async function settleSent(executor: Executor, sent: { deliveryId: number; now: Date }): Promise<void> {
  await sql`
    update voxport_ops.alert_deliveries set state = 'sent', sent_at = ${sent.now.toISOString()}::timestamptz, claimed_until = null, last_error = null
    where delivery_id = ${sent.deliveryId}
  `.execute(executor);
}

/** The receiver has not taken it: it is tried again at `dueAt`. */
export async function settleUnsent(
  executor: Executor,
  unsent: { deliveryId: number; error: string; dueAt: Date },
): Promise<void> {
  await sql`
    update voxport_ops.alert_deliveries
    set due_at = ${unsent.dueAt.toISOString()}::timestamptz, claimed_until = null, last_error = ${storableText(unsent.error)}
    where delivery_id = ${unsent.deliveryId}
  `.execute(executor);
}

/** Takes the turn to call the dead man's switch: of several schedulers one gets it, once in `everyMs`. */
export async function claimHeartbeat(executor: Executor, claim: { now: Date; everyMs: number }): Promise<boolean> {
  const at = claim.now.getTime();
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { rows } = await sql`
    update voxport_ops.alert_state set heartbeat_at = ${iso(at)}::timestamptz
    where coalesce(heartbeat_at <= ${iso(at - claim.everyMs)}::timestamptz or heartbeat_at > ${iso(at + claim.everyMs)}::timestamptz, true)
    returning 1
  `.execute(executor);
  return rows.length > 0;
}

/** Gives the turn back: the switch was not reached, and is called with the next evaluation. */
export async function releaseHeartbeat(executor: Executor): Promise<void> {
  await sql`update voxport_ops.alert_state set heartbeat_at = null`.execute(executor);
}

/** Gives up what has not been taken for a week, and removes what is history. Says how many were given up. */
export async function tidyAlerts(executor: Executor, now: Date): Promise<number> {
  const before = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const { rows } = await sql`
    update voxport_ops.alert_deliveries set state = 'expired'
    where state in ('pending', 'held') and created_at < ${before(expireMs)}::timestamptz returning 1
  `.execute(executor);
  await sql`
    delete from voxport_ops.alert_deliveries
    where state not in ('pending', 'held') and created_at < ${before(keepDeliveriesMs)}::timestamptz
  `.execute(executor);
  await sql`delete from voxport_ops.alerts where resolved_at < ${before(keepAlertsMs)}::timestamptz`.execute(executor);
  await sql`delete from voxport_ops.api_minutes where minute < ${before(keepMinutesMs)}::timestamptz`.execute(executor);
  return rows.length;
}
