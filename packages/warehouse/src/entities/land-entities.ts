import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { EntityItem } from '@voxport/domain';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { compareInLockOrder } from '../lock-order.ts';
import { compressBody } from '../raw/encoding.ts';
import { storableText } from '../storable-text.ts';
import { holdEntity, type EntityClaim } from './entity-syncs.ts';

/** The markers of what is known of an entity and still there, by id. */
export async function readEntityMarkers(
  executor: Executor,
  { sourceId, entity }: Pick<EntityClaim, 'sourceId' | 'entity'>,
): Promise<Map<string, string>> {
  const { rows } = await sql<{ entityId: string; marker: string }>`
    select entity_id as "entityId", marker from voxport_raw.entity_payloads
    where source_id = ${sourceId} and entity = ${entity} and is_newest and gone_at is null
  `.execute(executor);
  return new Map(rows.map(({ entityId, marker }) => [entityId, marker]));
}

/**
 * Makes items durable as they came, before anything reads them, in one transaction. One that has not changed is not
 * written; of one that has, older versions are kept unless `keepsHistory` is off.
 * @throws TransientFailure where another process has taken the sync over.
 */
export async function landEntities(
  kysely: TransactionalExecutor,
  claim: EntityClaim,
  batch: { items: readonly EntityItem[]; keepsHistory: boolean },
): Promise<void> {
  const { sourceId, entity } = claim;
  const unique = new Map(batch.items.map((item) => [item.entityId, item]));
  const sorted = [...unique.values()].toSorted((a, b) => compareInLockOrder(a.entityId, b.entityId));
  const bodies = await Promise.all(
    sorted.map(async ({ entityId, marker, item }) => {
      const text = Buffer.from(JSON.stringify(item));
      const digest = createHash('sha256').update(text).digest();
      return {
        entityId,
        marker: storableText(marker, 500),
        digest,
        sizeBytes: text.byteLength,
        body: await compressBody(text),
      };
    }),
  );
  await kysely.transaction().execute(async (transaction) => {
    await holdEntity(transaction, claim);
    const { rows: known } = await sql<{ entityId: string; digest: Buffer }>`
      select entity_id as "entityId", digest from voxport_raw.entity_payloads
      where source_id = ${sourceId} and entity = ${entity} and is_newest and gone_at is null
        and entity_id = any(${sorted.map(({ entityId }) => entityId)}::text[])
    `.execute(transaction);
    const digests = new Map(known.map(({ entityId, digest }) => [entityId, digest]));
    for (const landed of bodies) {
      if (digests.get(landed.entityId)?.equals(landed.digest) === true) continue;
      const older = sql`source_id = ${sourceId} and entity = ${entity} and entity_id = ${landed.entityId} and is_newest`;
      await (
        batch.keepsHistory
          ? sql`update voxport_raw.entity_payloads set is_newest = false where ${older}`
          : sql`delete from voxport_raw.entity_payloads where ${older}`
      ).execute(transaction);
      await sql`
        insert into voxport_raw.entity_payloads (source_id, entity, entity_id, marker, digest, encoding, body, size_bytes)
        values (${sourceId}, ${entity}, ${landed.entityId}, ${landed.marker}, ${landed.digest}, 'zstd', ${landed.body}, ${landed.sizeBytes})
      `.execute(transaction);
    }
  });
}
