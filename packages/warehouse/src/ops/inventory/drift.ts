import { sql } from 'kysely';
import type { Drift } from '@voxport/mapping';
import type { Executor } from '../../executor.ts';

/**
 * Counts what the mapping of a batch did not expect, one row a path, kind and sight. In order of the key, so that two
 * loaders do not deadlock.
 */
export async function recordDrift(
  executor: Executor,
  batch: { sourceId: string; conversations: readonly { conversationId: string; drift: readonly Drift[] }[] },
): Promise<void> {
  const counted = new Map<string, Drift & { count: number; conversationId: string }>();
  for (const { conversationId, drift } of batch.conversations) {
    for (const entry of drift) {
      const key = JSON.stringify([entry.path, entry.kind, entry.seen]);
      const known = counted.get(key);
      if (known) known.count += 1;
      else counted.set(key, { ...entry, count: 1, conversationId });
    }
  }
  if (counted.size === 0) return;
  const entries = [...counted.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  await sql`
    insert into voxport_ops.schema_drift as known (source_id, path, kind, seen, count, conversation_id)
    select ${batch.sourceId}, * from unnest(
      ${entries.map((entry) => entry.path)}::text[], ${entries.map((entry) => entry.kind)}::text[],
      ${entries.map((entry) => entry.seen)}::text[], ${entries.map((entry) => entry.count)}::int8[],
      ${entries.map((entry) => entry.conversationId)}::text[])
    on conflict (source_id, path, kind, seen) do update set count = known.count + excluded.count, last_seen_at = now()
  `.execute(executor);
}
