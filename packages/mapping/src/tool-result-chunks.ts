import type { ToolResultChunkRow } from './tables/children.ts';
import type { Reading } from './read/reading.ts';
import { isRecord, list, listItem } from './read/record.ts';
import { identifier, text } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';

/**
 * Adds a row per item of a tool result's `result.chunks`: what a knowledge tool found. `path` is the drift path of the
 * result. What else an item may hold stands in the result's own `result` column.
 */
export function addToolResultChunks(
  reading: Reading,
  rows: ToolResultChunkRow[],
  turn: TurnPlace,
  resultIndex: number,
  structured: unknown,
  path: string,
): void {
  if (!isRecord(reading, structured)) return;
  const chunksPath = `${path}.result.chunks`;
  for (const [index, item] of (list(reading, structured['chunks'], chunksPath) ?? []).entries()) {
    const chunk = listItem(reading, item, `${chunksPath}[]`);
    rows.push({
      source_id: turn.source_id,
      conversation_id: turn.conversation_id,
      turn_index: turn.turn_index,
      result_index: resultIndex,
      chunk_index: index,
      document_id: identifier(reading, chunk['document_id'], `${chunksPath}[].document_id`),
      chunk_id: identifier(reading, chunk['chunk_id'], `${chunksPath}[].chunk_id`),
      content: text(reading, chunk['content'], `${chunksPath}[].content`),
    });
  }
}
