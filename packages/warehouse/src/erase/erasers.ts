import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { eraseMentions } from './erase-mentions.ts';

/** Conversations of one source to be erased; the ids sorted. */
export interface ErasedBatch {
  readonly sourceId: string;
  readonly conversationIds: readonly string[];
}

/**
 * Removes what one place holds of some conversations, inside the caller's transaction. Returns how many rows it
 * removed.
 */
interface Eraser {
  readonly place: string;
  readonly erase: (transaction: Executor, batch: ErasedBatch) => Promise<number>;
}

const deleteFrom = (place: string): Eraser => ({
  place,
  erase: async (transaction, { sourceId, conversationIds }) => {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(place)} where source_id = ${sourceId} and conversation_id = any(${[...conversationIds]}::text[])
    `.execute(transaction);
    return Number(numAffectedRows ?? 0n);
  },
});

/**
 * Every place that holds something of a conversation, in the order in which a loader locks them: payloads, rows,
 * inventory. A table that comes to hold something of conversations gets an entry here, unless it hangs on
 * `voxport.conversations` by a foreign key that cascades: the turns and all other children do, and recordings, whose
 * trigger has the stored file removed too.
 */
export const erasers: readonly Eraser[] = [
  deleteFrom('voxport_raw.payloads'),
  deleteFrom('voxport.conversations'),
  deleteFrom('voxport_ops.loaded_conversations'),
  deleteFrom('voxport.initiation_failures'),
  // The bodies of unknown types go with their events.
  deleteFrom('voxport_ops.webhook_events'),
  {
    place: 'voxport_ops.received_recordings',
    erase: async (transaction, { sourceId, conversationIds }) => {
      const { rows } = await sql`
        with received as (
          delete from voxport_ops.received_recordings
          where source_id = ${sourceId} and conversation_id = any(${[...conversationIds]}::text[]) returning *
        )
        insert into voxport_ops.recording_removals (source_id, conversation_id, location)
        select source_id, conversation_id, location from received returning 1
      `.execute(transaction);
      return rows.length;
    },
  },
  deleteFrom('voxport_ops.failures'),
  // A key that is an address, a value that is a name: what was met goes with the conversation that it was met in. It is
  // noted again when it is met again.
  deleteFrom('voxport_ops.schema_drift'),
  {
    place: 'voxport_ops.listed_pages',
    erase: async (transaction, { sourceId, conversationIds }) => {
      // The whole note: without it a conversation that a later page of the same run brings once more is counted twice.
      const ids = sql`${[...conversationIds]}::text[]`;
      const { numAffectedRows } = await sql`
        delete from voxport_ops.listed_pages
        where source_id = ${sourceId} and (wanted_ids && ${ids} or unchanged_ids && ${ids} or failed_ids && ${ids})
      `.execute(transaction);
      return Number(numAffectedRows ?? 0n);
    },
  },
  // After the tables, whose rows leave a trace here when they go.
  deleteFrom('voxport_ops.replaced_identities'),
  {
    place: 'voxport_ops.verified_ids',
    erase: async (transaction, { conversationIds }) => {
      // They name no source; a listing under way loses nothing that it could compare.
      const { numAffectedRows } = await sql`
        delete from voxport_ops.verified_ids where conversation_id = any(${[...conversationIds]}::text[])
      `.execute(transaction);
      return Number(numAffectedRows ?? 0n);
    },
  },
  deleteFrom('voxport_ops.inventory'),
  {
    place: 'mentions',
    erase: (transaction, { conversationIds }) => eraseMentions(transaction, conversationIds),
  },
];
