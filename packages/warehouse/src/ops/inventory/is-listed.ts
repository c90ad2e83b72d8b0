import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/** Whether a list of the source has ever shown a conversation. */
export async function isListed(
  executor: Executor,
  query: { sourceId: string; conversationId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.inventory
    where source_id = ${query.sourceId} and conversation_id = ${query.conversationId} and list_fingerprint is not null
  `.execute(executor);
  return rows.length > 0;
}
