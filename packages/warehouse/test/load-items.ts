import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { LoadItem } from '../src/load/load-item.ts';
import type { ConversationRows } from '@voxport/mapping';

/** An observation of rows; equal rows have equal digests, in whatever source. */
export function observation(rows: ConversationRows, secs: number, more: Partial<LoadItem> = {}): LoadItem {
  const digest = createHash('sha256')
    .update(JSON.stringify(rows, (key, value: unknown) => (key === 'source_id' ? undefined : value)))
    .digest();
  return {
    rows,
    observedAt: new Date(Date.UTC(2026, 10, 1, 0, 0, secs)).toISOString(),
    origin: 'poll',
    payloadSha256: digest,
    contentHash: digest,
    mappingVersion: 1,
    ...more,
  };
}

/** The tables of schema `voxport` that a load writes. */
const loadedTables = [
  'conversations',
  'transcript_turns',
  'tool_calls',
  'tool_results',
  'dynamic_variable_updates',
  'llm_usage',
  'turn_metrics',
  'rag_chunks',
  'evaluation_results',
  'data_collection_results',
  'guardrail_triggers',
  'tool_result_chunks',
  'agent_evaluations',
] as const;

/**
 * All rows of a source as text, sorted; without the columns that tell of the loading itself where `ownTimes` is false.
 */
export async function dumpSource(
  kysely: Kysely<unknown>,
  sourceId: string,
  options: { ownTimes: boolean },
): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of loadedTables) {
    const { rows } = await sql<{ row: string }>`
      select (to_jsonb(t) ${options.ownTimes ? sql`` : sql`- array['first_seen_at', 'exported_at']`} - 'source_id')::text as row
      from ${sql.table(`voxport.${table}`)} t where source_id = ${sourceId} order by 1
    `.execute(kysely);
    dump[table] = rows.map(({ row }) => row);
  }
  return dump;
}

/** Reads one column of one conversation as text. */
export async function cell(kysely: Kysely<unknown>, id: string, column: string): Promise<string | null> {
  const { rows } = await sql<{ value: string | null }>`
    select ${sql.ref(column)}::text as value from voxport.conversations where conversation_id = ${id}
  `.execute(kysely);
  return rows[0]?.value ?? null;
}
