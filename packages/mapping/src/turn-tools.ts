import type { DynamicVariableUpdateRow, ToolCallRow, ToolResultChunkRow, ToolResultRow } from './tables/children.ts';
import type { Reading } from './read/reading.ts';
import { isRecord, list, record } from './read/record.ts';
import { identifier, word } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';
import { toolCallRow } from './tool-calls.ts';
import { addToolResultChunks } from './tool-result-chunks.ts';
import { toolResultRow } from './tool-results.ts';
import { workflowStepTypes } from './vocabularies.ts';

/** Where a turn's tool rows are added. */
export interface ToolRows {
  readonly toolCalls: ToolCallRow[];
  readonly toolResults: ToolResultRow[];
  readonly dynamicVariableUpdates: DynamicVariableUpdateRow[];
  readonly toolResultChunks: ToolResultChunkRow[];
}

/** A place in the walk: the next item of a list of results, or the next step of a workflow's result. */
type Frame =
  | {
      readonly kind: 'results';
      readonly items: readonly unknown[];
      readonly parentResultIndex: number | null;
      readonly depth: number;
      readonly stepIndex: number | null;
      readonly workflowNodeId: string | null;
      next: number;
    }
  | {
      readonly kind: 'steps';
      readonly items: readonly unknown[];
      readonly resultIndex: number;
      readonly depth: number;
      next: number;
    };

const callsPath = 'transcript[].tool_calls[]';
const resultsPath = 'transcript[].tool_results[]';
// One path for every depth: a path that grew with the nesting would be a new drift at each level.
const stepsPath = 'transcript[].tool_results[].result.steps[]';
const nestedCallsPath = `${stepsPath}.requests[]`;
const nestedResultsPath = `${stepsPath}.results[]`;

/**
 * Adds the rows of a turn's `tool_calls` and `tool_results`. Workflow results are flattened depth first: a result, then
 * step by step the step's calls, its results and what is nested in them. An explicit stack, because nothing bounds the
 * nesting. Returns how many calls and results the turn has of its own, the nested ones not counted.
 */
export function addToolRows(
  reading: Reading,
  rows: ToolRows,
  turn: TurnPlace,
  toolCalls: unknown,
  toolResults: unknown,
): { callCount: number; resultCount: number } {
  let callCount = 0;
  let resultCount = 0;

  function addCall(item: unknown, parentResultIndex: number | null, depth: number, path: string): void {
    rows.toolCalls.push(toolCallRow(reading, turn, { callIndex: callCount, parentResultIndex, depth, path }, item));
    callCount += 1;
  }

  for (const item of list(reading, toolCalls, 'transcript[].tool_calls') ?? []) addCall(item, null, 0, callsPath);
  const topLevel = list(reading, toolResults, 'transcript[].tool_results') ?? [];
  const counts = { callCount, resultCount: topLevel.length };
  if (topLevel.length === 0) return counts;
  const frames: Frame[] = [
    {
      kind: 'results',
      items: topLevel,
      parentResultIndex: null,
      depth: 0,
      stepIndex: null,
      workflowNodeId: null,
      next: 0,
    },
  ];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const index = frame.next;
    frame.next += 1;
    if (index >= frame.items.length) {
      frames.pop();
      continue;
    }
    const item = frame.items[index];
    if (frame.kind === 'results') {
      const resultIndex = resultCount;
      resultCount += 1;
      const path = frame.depth === 0 ? resultsPath : nestedResultsPath;
      const { parentResultIndex, depth, stepIndex, workflowNodeId } = frame;
      const place = { resultIndex, parentResultIndex, depth, stepIndex, workflowNodeId, path };
      rows.toolResults.push(toolResultRow(reading, rows.dynamicVariableUpdates, turn, place, item));
      if (isRecord(reading, item))
        addToolResultChunks(reading, rows.toolResultChunks, turn, resultIndex, item['result'], path);
      const steps = stepsOf(reading, item, path);
      if (steps !== null) frames.push({ kind: 'steps', items: steps, resultIndex, depth, next: 0 });
      continue;
    }
    const step = record(reading, item, stepsPath);
    if (step === null) continue;
    word(reading, step['type'], `${stepsPath}.type`, workflowStepTypes);
    const { resultIndex, depth } = frame;
    for (const request of list(reading, step['requests'], `${stepsPath}.requests`) ?? []) {
      addCall(request, resultIndex, depth + 1, nestedCallsPath);
    }
    const nested = list(reading, step['results'], `${stepsPath}.results`);
    if (nested === null || nested.length === 0) continue;
    const workflowNodeId = identifier(reading, step['node_id'], `${stepsPath}.node_id`);
    frames.push({
      kind: 'results',
      items: nested,
      parentResultIndex: resultIndex,
      depth: depth + 1,
      stepIndex: index,
      workflowNodeId,
      next: 0,
    });
  }
  return counts;
}

function stepsOf(reading: Reading, item: unknown, path: string): readonly unknown[] | null {
  if (!isRecord(reading, item)) return null;
  const { result } = item;
  return isRecord(reading, result) ? list(reading, result['steps'], `${path}.result.steps`) : null;
}
