import type { ToolCallRow } from './tables/children.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { flag } from './read/flag.ts';
import { embeddedJson, embeddedJsonCell, jsonCell, redactedObjectCell } from './read/json-cell.ts';
import type { Reading } from './read/reading.ts';
import { listItem } from './read/record.ts';
import { identifier, textOrJson, word } from './read/text.ts';
import { isRoutingTool } from './routing.ts';
import type { TurnPlace } from './row-key.ts';
import { toolTypes } from './vocabularies.ts';

/** Where a call stands: at the top of its turn, or in a step of a workflow's result. */
export interface CallPlace {
  readonly callIndex: number;
  readonly parentResultIndex: number | null;
  readonly depth: number;
  /** Drift path of the list's items. */
  readonly path: string;
}

const callKeys: ReadonlySet<string> = new Set([
  'type',
  'request_id',
  'tool_name',
  'params_as_json',
  'tool_has_been_called',
  'tool_details',
  'tool_id',
]);

/**
 * The row of one item of `tool_calls`, or of a workflow step's `requests`. An item that is no object gives a row of
 * nulls, so that indexes stay the payload's.
 */
export function toolCallRow(reading: Reading, turn: TurnPlace, place: CallPlace, item: unknown): ToolCallRow {
  const { path } = place;
  const call = listItem(reading, item, path);
  const extra: Extra = { root: null };
  if (hasUnknown(call, callKeys)) keepUnknown(reading, extra, call, callKeys, path, []);
  const toolName = identifier(reading, call['tool_name'], `${path}.tool_name`);
  const params = call['params_as_json'];
  return {
    source_id: turn.source_id,
    conversation_id: turn.conversation_id,
    turn_index: turn.turn_index,
    call_index: place.callIndex,
    request_id: identifier(reading, call['request_id'], `${path}.request_id`),
    tool_name: toolName,
    tool_type: word(reading, call['type'], `${path}.type`, toolTypes),
    params: paramsCell(reading, params, `${path}.params_as_json`),
    params_text: textOrJson(reading, params, `${path}.params_as_json`),
    was_called: flag(reading, call['tool_has_been_called'], `${path}.tool_has_been_called`),
    is_routing: isRoutingTool(toolName),
    details: redactedObjectCell(reading, call['tool_details'], `${path}.tool_details`),
    parent_result_index: place.parentResultIndex,
    depth: place.depth,
    extra: extraCell(reading, extra, path),
    tool_id: identifier(reading, call['tool_id'], `${path}.tool_id`),
  };
}

/** The parameters, from their JSON text; or as they are, should they once come as JSON themselves. */
function paramsCell(reading: Reading, params: unknown, path: string): string | null {
  if (typeof params !== 'string') return typeof params === 'object' ? jsonCell(reading, params, path) : null;
  const parsed = embeddedJson(params);
  return parsed === null ? null : embeddedJsonCell(reading, parsed, params, path);
}
