import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Webhook events of one source, type and state. */
export interface WebhookEventGroup {
  readonly sourceId: string;
  readonly type: string;
  readonly state: string;
  readonly count: number;
  readonly lastDay: number;
  readonly repetitions: number;
  readonly lastReceivedAt: Date;
}

/** A webhook event, without its content. */
export interface WebhookEventRow {
  readonly eventId: number;
  readonly sourceId: string;
  readonly type: string;
  readonly conversationId: string | null;
  readonly eventAt: Date | null;
  readonly receivedAt: Date;
  readonly state: string;
  readonly deliveries: number;
  readonly message: string | null;
}

/** The webhook events of the last 30 days in groups, and the latest one by one. */
export async function listWebhookEvents(
  executor: Executor,
  limit: number,
): Promise<{ groups: WebhookEventGroup[]; latest: WebhookEventRow[] }> {
  const groups = await sql<WebhookEventGroup>`
    select source_id as "sourceId", type, state, count(*) as count, count(*) filter (where received_at > now() - interval '1 day') as "lastDay",
           sum(deliveries - 1)::int8 as repetitions, max(received_at) as "lastReceivedAt"
    from voxport_ops.webhook_events where received_at > now() - interval '30 days' group by 1, 2, 3 order by 1, 2, 3
  `.execute(executor);
  const latest = await sql<WebhookEventRow>`
    select event_id as "eventId", source_id as "sourceId", type, conversation_id as "conversationId", event_at as "eventAt",
           received_at as "receivedAt", state, deliveries, message
    from voxport_ops.webhook_events order by event_id desc limit ${limit}
  `.execute(executor);
  return { groups: groups.rows, latest: latest.rows };
}
