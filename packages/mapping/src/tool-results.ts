import type { DynamicVariableUpdateRow, ToolResultRow } from './tables/children.ts';
import { addDynamicVariableUpdates } from './dynamic-variable-updates.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { flag } from './read/flag.ts';
import { embeddedJson, embeddedJsonCell, jsonCell, redactedJsonCell } from './read/json-cell.ts';
import { duration } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { isRecord, listItem, record } from './read/record.ts';
import { identifier, text, textOrJson, word } from './read/text.ts';
import { isRoutingTool } from './routing.ts';
import type { TurnPlace } from './row-key.ts';
import { resultTypes, toolTypes } from './vocabularies.ts';

/** Where a result stands: at the top of its turn, or in a step of a workflow's result. */
export interface ResultPlace {
  readonly resultIndex: number;
  readonly parentResultIndex: number | null;
  readonly depth: number;
  readonly stepIndex: number | null;
  readonly workflowNodeId: string | null;
  /** Drift path of the list's items. */
  readonly path: string;
}

/**
 * From this depth on a workflow's `result` stands without its steps' own calls and results: these have rows of their
 * own, and stand whole in the results above. Each level repeats all below it, so without a limit 10,000 levels of 1 KB
 * would take 50 GB.
 */
export const wholeResultDepthMax = 8;

const integrationKeys = ['integration_id', 'credential_id', 'integration_connection_id'] as const;
const resultKeys: ReadonlySet<string> = new Set([
  'type',
  'request_id',
  'tool_name',
  'result_value',
  'result',
  'is_error',
  'is_blocked',
  'error_type',
  'raw_error_message',
  'tool_has_been_called',
  'tool_latency_secs',
  'dynamic_variable_updates',
  'tool_id',
  ...integrationKeys,
]);

/**
 * The row of one item of `tool_results`, or of a workflow step's `results`. An item that is no object gives a row of
 * nulls.
 */
export function toolResultRow(
  reading: Reading,
  updates: DynamicVariableUpdateRow[],
  turn: TurnPlace,
  place: ResultPlace,
  item: unknown,
): ToolResultRow {
  const { path } = place;
  const result = listItem(reading, item, path);
  const extra: Extra = { root: null };
  if (hasUnknown(result, resultKeys)) keepUnknown(reading, extra, result, resultKeys, path, []);
  const structured = result['result'];
  const toolName = identifier(reading, result['tool_name'], `${path}.tool_name`);
  const variableUpdates = result['dynamic_variable_updates'];
  if (variableUpdates !== undefined && variableUpdates !== null) {
    const updatesPath = `${path}.dynamic_variable_updates`;
    addDynamicVariableUpdates(reading, updates, extra, turn, place.resultIndex, variableUpdates, updatesPath);
  }
  return {
    source_id: turn.source_id,
    conversation_id: turn.conversation_id,
    turn_index: turn.turn_index,
    result_index: place.resultIndex,
    parent_result_index: place.parentResultIndex,
    depth: place.depth,
    step_index: place.stepIndex,
    workflow_node_id: place.workflowNodeId,
    request_id: identifier(reading, result['request_id'], `${path}.request_id`),
    tool_name: toolName,
    tool_type: word(reading, result['type'], `${path}.type`, toolTypes),
    result_type: isRecord(reading, structured)
      ? word(reading, structured['result_type'], `${path}.result.result_type`, resultTypes)
      : null,
    is_routing: isRoutingTool(toolName),
    result_text: textOrJson(reading, result['result_value'], `${path}.result_value`),
    result: resultCell(reading, structured, result['result_value'], place),
    is_error: flag(reading, result['is_error'], `${path}.is_error`),
    is_blocked: flag(reading, result['is_blocked'], `${path}.is_blocked`),
    error_type: identifier(reading, result['error_type'], `${path}.error_type`),
    error_message: text(reading, result['raw_error_message'], `${path}.raw_error_message`),
    was_called: flag(reading, result['tool_has_been_called'], `${path}.tool_has_been_called`),
    latency_secs: duration(reading, result['tool_latency_secs'], `${path}.tool_latency_secs`),
    integration: integrationCell(reading, result, path),
    extra: extraCell(reading, extra, path),
    tool_id: identifier(reading, result['tool_id'], `${path}.tool_id`),
  };
}

/** The structured result; else what the result's text or object holds. */
function resultCell(reading: Reading, structured: unknown, resultValue: unknown, place: ResultPlace): string | null {
  if (isRecord(reading, structured)) {
    const kept = place.depth < wholeResultDepthMax ? structured : withoutNested(reading, structured);
    // A workflow's steps repeat their calls, webhook headers included.
    return redactedJsonCell(reading, kept, `${place.path}.result`);
  }
  record(reading, structured, `${place.path}.result`);
  // Where a list came in place of the object it is kept, though nothing knows its type.
  if (Array.isArray(structured)) return redactedJsonCell(reading, structured, `${place.path}.result`);
  const path = `${place.path}.result_value`;
  if (typeof resultValue !== 'string') {
    const isJson = isRecord(reading, resultValue) || Array.isArray(resultValue);
    return isJson ? jsonCell(reading, resultValue, path) : null;
  }
  if (!startsContainer(resultValue)) return null;
  const parsed = embeddedJson(resultValue);
  return parsed === null ? null : embeddedJsonCell(reading, parsed, resultValue, path);
}

function startsContainer(value: string): boolean {
  const first = value.trimStart()[0];
  return first === '{' || first === '[';
}

function withoutNested(reading: Reading, structured: JsonRecord): JsonRecord {
  const { steps } = structured;
  if (!Array.isArray(steps)) return structured;
  const bare = steps.map((step: unknown) => {
    if (!isRecord(reading, step)) return step;
    const { requests: _requests, results: _results, ...rest } = step;
    return rest;
  });
  return { ...structured, steps: bare };
}

function integrationCell(reading: Reading, result: JsonRecord, path: string): string | null {
  let integration: Record<string, unknown> | null = null;
  for (const key of integrationKeys) {
    const value = result[key];
    if (value === undefined || value === null) continue;
    integration ??= {};
    integration[key] = value;
  }
  return integration === null ? null : jsonCell(reading, integration, path);
}
