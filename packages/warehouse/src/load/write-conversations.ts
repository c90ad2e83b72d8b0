import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { conversationKey, type ConversationRow, conversations } from '@voxport/mapping';
import { columnNames, filledColumns, selectList, unnest, type BatchColumn } from './insert-from-unnest.ts';
import { transcriptColumns, type LoadItem } from './load-item.ts';

export interface ConversationWrite {
  readonly item: LoadItem;
  readonly deletedAt: string | null;
}

/** How a write ended: a new row, a changed one, or none, because the row stands for a newer observation after all. */
export type WriteResult = 'inserted' | 'updated' | 'skipped';

const ownColumns = Object.keys(conversations.columns).filter((column) => !(column in conversationKey));
const transcriptFree = ownColumns.filter((column) => !(transcriptColumns as readonly string[]).includes(column));

/**
 * Inserts or replaces the conversations' own rows; the conversations differ. Bookkeeping: `first_seen_at` stays,
 * `exported_at` is now.
 * @param options.keepTranscriptColumns leaves the columns that describe the stored transcript as they are.
 * @param options.replacesNewerRows writes whatever `observed_at` the row has: a reload fixes that column too.
 */
export async function writeConversations(
  executor: Executor,
  writes: readonly ConversationWrite[],
  options: { keepTranscriptColumns: boolean; replacesNewerRows: boolean },
): Promise<WriteResult[]> {
  if (writes.length === 0) return [];
  const given: BatchColumn[] = [
    ...filledColumns(
      conversations,
      writes.map(({ item }) => item.rows.conversation),
    ),
    { name: 'observed_at', type: 'timestamptz', values: writes.map(({ item }) => item.observedAt) },
    { name: 'origin', type: 'text', values: writes.map(({ item }) => item.origin) },
    { name: 'deleted_at', type: 'timestamptz', values: writes.map(({ deletedAt }) => deletedAt) },
  ];
  // All columns are replaced, those left out of the insert by null.
  const replaced = [
    ...(options.keepTranscriptColumns ? transcriptFree : ownColumns),
    'exported_at',
    'observed_at',
    'origin',
    'deleted_at',
  ];
  const { rows } = await sql<{ key: string; isNew: boolean }>`
    insert into voxport.conversations as stored (${columnNames(given)}, first_seen_at, exported_at)
    select ${selectList(given)}, now(), now() from ${unnest(given)}
    on conflict (source_id, conversation_id) do update
      set ${sql.join(replaced.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`))}
      -- Admission has decided already; this holds even if its memory were lost.
      where ${sql.lit(options.replacesNewerRows)} or stored.observed_at <= excluded.observed_at
    returning source_id || chr(10) || conversation_id as key, xmax = 0 as "isNew"
  `.execute(executor);
  const written = new Map(rows.map(({ key, isNew }) => [key, isNew]));
  return writes.map(({ item }) => {
    const isNew = written.get(`${item.rows.conversation.source_id}\n${item.rows.conversation.conversation_id}`);
    if (isNew === undefined) return 'skipped';
    return isNew ? 'inserted' : 'updated';
  });
}

/** Gives conversations the transcript columns of an older observation whose transcript is the newest captured one. */
export async function writeTranscriptColumns(executor: Executor, rows: readonly ConversationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const columns: BatchColumn[] = [...Object.keys(conversationKey), ...transcriptColumns].map((name) => ({
    name,
    type: conversations.columns[name as keyof typeof conversations.columns],
    values: rows.map((row) => row[name as keyof ConversationRow]),
  }));
  const assignments = transcriptColumns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`incoming.${name}`)}`);
  await sql`
    update voxport.conversations stored set ${sql.join(assignments)}, exported_at = now()
    from (select ${selectList(columns)} from ${unnest(columns)}) incoming
    where stored.source_id = incoming.source_id and stored.conversation_id = incoming.conversation_id
  `.execute(executor);
}

/**
 * Brings `observed_at` and `origin` up to the newest observation where its rows are the same; nothing else changes,
 * `exported_at` included.
 */
export async function touchConversations(executor: Executor, items: readonly LoadItem[]): Promise<void> {
  if (items.length === 0) return;
  const columns: BatchColumn[] = [
    { name: 'source_id', type: 'text', values: items.map(({ rows }) => rows.conversation.source_id) },
    { name: 'conversation_id', type: 'text', values: items.map(({ rows }) => rows.conversation.conversation_id) },
  ];
  await sql`
    update voxport.conversations stored set observed_at = known.observed_at, origin = known.origin
    from ${unnest(columns)} join voxport_ops.loaded_conversations known using (source_id, conversation_id)
    where stored.source_id = known.source_id and stored.conversation_id = known.conversation_id
      and (stored.observed_at, stored.origin) is distinct from (known.observed_at, known.origin)
  `.execute(executor);
}
