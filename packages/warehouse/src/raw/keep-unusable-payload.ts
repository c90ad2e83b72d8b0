import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { compressBody } from './encoding.ts';

/**
 * Keeps the bytes of an answer that could not be used, as evidence: the loader does not take them up. Returns the
 * payload's number; the same bytes of the same conversation again have the number that they had.
 */
export async function keepUnusablePayload(
  executor: Executor,
  unusable: { sourceId: string; conversationId: string; generation: number; body: Uint8Array },
): Promise<number> {
  const { sourceId, conversationId, generation, body } = unusable;
  const sha256 = createHash('sha256').update(body).digest();
  const { rows } = await sql<{ payloadId: number }>`
    insert into voxport_raw.payloads as p
      (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body, state)
    values (${sourceId}, ${conversationId}, ${generation},
            coalesce((select origin from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${conversationId}), 'poll'),
            clock_timestamp(), ${sha256}, ${body.byteLength}, 'zstd', ${await compressBody(body)}, 'failed')
    on conflict (source_id, conversation_id, sha256) do update set observed_at = greatest(p.observed_at, excluded.observed_at)
    returning payload_id as "payloadId"
  `.execute(executor);
  return rows[0]!.payloadId;
}
