import { sql } from 'kysely';
import { severities, type Notice, type Severity } from '@voxport/domain';
import type { Executor } from '../executor.ts';

/** What the quiet hours kept back, told at once. */
export interface Digest {
  readonly event: 'digest';
  /** The last that there is to say of each alert, in the order of their opening. */
  readonly notices: readonly Notice[];
}

/**
 * Keeps back what receivers in their quiet hours are to be told, critical alerts excepted; and, where the hours are
 * over, has what was kept back told as one digest. Runs inside the evaluation, and so in one scheduler at a time.
 */
export async function deferAndBatch(
  executor: Executor,
  receivers: readonly { readonly name: string; readonly isQuiet: boolean }[],
  now: Date,
): Promise<void> {
  const quiet = receivers.filter(({ isQuiet }) => isQuiet).map(({ name }) => name);
  // One that is being sent at this moment is left alone.
  await sql`
    update voxport_ops.alert_deliveries set state = 'held'
    where state = 'pending' and severity <> 'critical' and receiver = any(${quiet}::text[])
      and coalesce(claimed_until <= ${now.toISOString()}::timestamptz, true)
  `.execute(executor);
  for (const { name, isQuiet } of receivers) if (!isQuiet) await fold(executor, name, now);
}

async function fold(executor: Executor, receiver: string, now: Date): Promise<void> {
  const { rows } = await sql<{ deliveryId: number; notice: Notice | Digest; severity: Severity }>`
    select delivery_id as "deliveryId", notice, severity from voxport_ops.alert_deliveries
    where state = 'held' and receiver = ${receiver} order by delivery_id for update
  `.execute(executor);
  if (rows.length === 0) return;
  const at = now.toISOString();
  const deliveryIds = rows.map(({ deliveryId }) => deliveryId);
  if (rows.length === 1) {
    await sql`
      update voxport_ops.alert_deliveries set state = 'pending', due_at = ${at}::timestamptz where delivery_id = ${deliveryIds[0]}
    `.execute(executor);
    return;
  }
  const last = new Map<number, Notice>();
  for (const { notice } of rows) {
    for (const one of notice.event === 'digest' ? notice.notices : [notice]) last.set(one.alertId, one);
  }
  const digest: Digest = { event: 'digest', notices: [...last.values()] };
  const severity = rows.map((row) => row.severity).toSorted((a, b) => severities.indexOf(b) - severities.indexOf(a))[0];
  await sql`
    with digest as (
      insert into voxport_ops.alert_deliveries (receiver, event, severity, notice, created_at, due_at)
      values (${receiver}, 'digest', ${severity}, ${JSON.stringify(digest)}::jsonb, ${at}::timestamptz, ${at}::timestamptz)
      returning delivery_id
    )
    update voxport_ops.alert_deliveries set state = 'folded', digest_id = (select delivery_id from digest)
    where delivery_id = any(${deliveryIds}::int8[])
  `.execute(executor);
}
