import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import {
  agentEvaluations,
  type ConversationRows,
  dataCollectionResults,
  dynamicVariableUpdates,
  evaluationResults,
  guardrailTriggers,
  llmUsage,
  ragChunks,
  type RowOf,
  type Table,
  toolCalls,
  toolResultChunks,
  toolResults,
  transcriptTurns,
  turnMetrics,
} from '@voxport/mapping';
import { insertFromUnnest, unnest } from './insert-from-unnest.ts';

/** One conversation whose children are to be replaced. */
export interface ChildrenWrite {
  readonly rows: ConversationRows;
  /** The conversation was inserted just now: there is nothing to delete. */
  readonly isNew: boolean;
}

/** Tables, or parts of one, that are replaced together. */
interface ChildPart {
  readonly table: Table;
  readonly rowsOf: (rows: ConversationRows) => readonly RowOf<Table>[];
  /** The part of a table that two groups share. */
  readonly where?: ReturnType<typeof sql>;
}

/** What comes with the turns, and stays with them when the source has emptied its transcript. */
export const transcriptParts: readonly ChildPart[] = [
  { table: transcriptTurns, rowsOf: (rows) => rows.transcriptTurns },
  { table: toolCalls, rowsOf: (rows) => rows.toolCalls },
  { table: toolResults, rowsOf: (rows) => rows.toolResults },
  { table: dynamicVariableUpdates, rowsOf: (rows) => rows.dynamicVariableUpdates },
  {
    table: llmUsage,
    rowsOf: (rows) => rows.llmUsage.filter(({ scope }) => scope === 'turn'),
    where: sql`child.scope = 'turn'`,
  },
  { table: turnMetrics, rowsOf: (rows) => rows.turnMetrics },
  { table: ragChunks, rowsOf: (rows) => rows.ragChunks },
  { table: toolResultChunks, rowsOf: (rows) => rows.toolResultChunks },
  { table: guardrailTriggers, rowsOf: (rows) => rows.guardrailTriggers },
];

/** What belongs to the conversation as a whole. */
export const conversationParts: readonly ChildPart[] = [
  {
    table: llmUsage,
    rowsOf: (rows) => rows.llmUsage.filter(({ scope }) => scope !== 'turn'),
    where: sql`child.scope <> 'turn'`,
  },
  { table: evaluationResults, rowsOf: (rows) => rows.evaluationResults },
  { table: dataCollectionResults, rowsOf: (rows) => rows.dataCollectionResults },
  { table: agentEvaluations, rowsOf: (rows) => rows.agentEvaluations },
];

/**
 * Gives conversations exactly these children: one delete and one insert a table, whatever the number of conversations.
 */
export async function replaceChildren(
  executor: Executor,
  parts: readonly ChildPart[],
  writes: readonly ChildrenWrite[],
): Promise<void> {
  const stale = writes.filter(({ isNew }) => !isNew).map(({ rows }) => rows.conversation);
  for (const part of parts) {
    if (stale.length > 0) {
      await sql`
        delete from ${sql.id('voxport', part.table.name)} child
        using ${unnest([
          { name: 'source_id', type: 'text', values: stale.map((row) => row.source_id) },
          { name: 'conversation_id', type: 'text', values: stale.map((row) => row.conversation_id) },
        ])}
        where child.source_id = batch.source_id and child.conversation_id = batch.conversation_id
          and ${part.where ?? sql`true`}
      `.execute(executor);
    }
    const rows = writes.flatMap((write) => part.rowsOf(write.rows));
    if (rows.length > 0) await insertFromUnnest(part.table, rows).execute(executor);
  }
}
