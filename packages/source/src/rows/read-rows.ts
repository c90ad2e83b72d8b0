import type { ListedConversation } from '@voxport/domain';
import { isObject, type JsonObject } from './values.ts';

/** Parts a page's rows into conversations and what is none (not an object, no id), in their order. */
export function readRows(
  rows: readonly unknown[],
  readRow: (row: JsonObject) => ListedConversation | null,
): { conversations: ListedConversation[]; unusableRows: unknown[] } {
  const conversations: ListedConversation[] = [];
  const unusableRows: unknown[] = [];
  for (const row of rows) {
    const conversation = isObject(row) ? readRow(row) : null;
    if (conversation === null) unusableRows.push(row);
    else conversations.push(conversation);
  }
  return { conversations, unusableRows };
}
