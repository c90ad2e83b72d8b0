import type { DynamicVariableUpdateRow } from './tables/children.ts';
import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import type { Reading } from './read/reading.ts';
import { list, record } from './read/record.ts';
import { identifier, text, textOrJson } from './read/text.ts';
import { isoOfSecs, unixSecs } from './read/time.ts';
import type { TurnPlace } from './row-key.ts';

const updateKeys: ReadonlySet<string> = new Set([
  'variable_name',
  'old_value',
  'new_value',
  'updated_at',
  'tool_name',
  'tool_request_id',
]);

/** Adds the rows of one result's `dynamic_variable_updates`; unknown keys go to the result's extra. */
export function addDynamicVariableUpdates(
  reading: Reading,
  rows: DynamicVariableUpdateRow[],
  extra: Extra,
  turn: TurnPlace,
  resultIndex: number,
  value: unknown,
  path: string,
): void {
  const updates = list(reading, value, path);
  if (updates === null || updates.length === 0) return;
  const itemPath = `${path}[]`;
  for (const [index, item] of updates.entries()) {
    const update = record(reading, item, itemPath);
    if (update === null) continue;
    if (hasUnknown(update, updateKeys)) {
      keepUnknown(reading, extra, update, updateKeys, itemPath, ['dynamic_variable_updates', String(index)]);
    }
    rows.push({
      source_id: turn.source_id,
      conversation_id: turn.conversation_id,
      turn_index: turn.turn_index,
      result_index: resultIndex,
      update_index: index,
      variable_name: text(reading, update['variable_name'], `${itemPath}.variable_name`),
      old_value: textOrJson(reading, update['old_value'], `${itemPath}.old_value`),
      new_value: textOrJson(reading, update['new_value'], `${itemPath}.new_value`),
      updated_at: isoOfSecs(unixSecs(reading, update['updated_at'], `${itemPath}.updated_at`)),
      tool_name: identifier(reading, update['tool_name'], `${itemPath}.tool_name`),
      request_id: identifier(reading, update['tool_request_id'], `${itemPath}.tool_request_id`),
    });
  }
}
