import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** The last webhook that a source has sent, whatever became of it. */
export interface LastWebhook {
  readonly sourceId: string;
  readonly receivedAt: Date;
}

/** When each source has last sent a webhook; only those that have, within the time that events are kept. */
export async function readLastWebhooks(executor: Executor): Promise<LastWebhook[]> {
  const { rows } = await sql<LastWebhook>`
    select source_id as "sourceId", max(received_at) as "receivedAt" from voxport_ops.webhook_events group by source_id order by source_id
  `.execute(executor);
  return rows;
}
