import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** A payload of the raw store, encoded as it stands there. */
export interface StoredPayload {
  readonly payloadId: number;
  readonly sourceId: string;
  readonly conversationId: string;
  readonly state: string;
  readonly observedAt: Date;
  readonly encoding: string;
  readonly sizeBytes: number;
  readonly body: Buffer;
}

/** Reads a payload; null when there is none of that number. `decodeBody` gives its bytes. */
export async function readPayload(executor: Executor, payloadId: number): Promise<StoredPayload | null> {
  const { rows } = await sql<StoredPayload>`
    select payload_id as "payloadId", source_id as "sourceId", conversation_id as "conversationId", state, observed_at as "observedAt",
           encoding, size_bytes as "sizeBytes", body
    from voxport_raw.payloads where payload_id = ${payloadId}
  `.execute(executor);
  return rows[0] ?? null;
}
