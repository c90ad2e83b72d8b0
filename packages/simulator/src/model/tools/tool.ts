import { idText, type Random } from '../../random.ts';
import type { Agent } from '../agents.ts';
import type { Slots } from '../scripts/slots.ts';
import type { Json, JsonObject, ToolCall, ToolOutcome, ToolResult, VariableUpdate } from '../types.ts';

/** What a tool may draw on when it is used in a call. */
export interface ToolContext {
  readonly random: Random;
  readonly slots: Slots;
  readonly agent: Agent;
  readonly conversationId: string;
  /** Unix milliseconds of the turn. */
  readonly atMs: number;
  /** Whether this use goes wrong. */
  readonly fails: boolean;
}

/** A call and the result that answers it: two facts, joined by the request id. */
export interface ToolUse {
  readonly call: ToolCall;
  readonly result: ToolResult;
}

/** A row of the catalog. */
export interface Tool {
  readonly key: string;
  readonly name: string;
  readonly use: (context: ToolContext) => ToolUse;
}

/** An id such as the vendor gives a tool request; unique within a call only. */
export function drawRequestId(random: Random): string {
  return `call_${idText(Math.floor(random.next() * 4294967296), 20)}`;
}

/** Parameters whose text is their JSON, as nearly always. */
export function paramsOf(value: Json): ToolCall['params'] {
  return { value, text: JSON.stringify(value) };
}

/** A plain outcome whose text spells a JSON value. */
export function jsonOutcome(parsed: JsonObject | readonly Json[]): ToolOutcome {
  return { kind: 'text', text: JSON.stringify(parsed), parsed };
}

/** A plain outcome in words, or a JSON scalar: no structured result. */
export function wordsOutcome(text: string): ToolOutcome {
  return { kind: 'text', text, parsed: null };
}

/** A system tool's outcome: the typed object, and the text that the model saw. */
export function systemOutcome(resultType: string, fields: JsonObject): ToolOutcome {
  return { kind: 'system', text: JSON.stringify({ result_type: resultType, ...fields }), resultType, fields };
}

/** Fills in what most results have in common. */
export function makeResult(
  call: ToolCall,
  random: Random,
  outcome: ToolOutcome,
  other: Partial<Omit<ToolResult, 'requestId' | 'name' | 'outcome'>> = {},
): ToolResult {
  return {
    requestId: call.requestId,
    name: call.name,
    type: call.type,
    outcome,
    isError: false,
    isBlocked: false,
    errorType: null,
    errorMessage: null,
    wasCalled: true,
    latencySecs: random.int(40, 2400) / 1000,
    updates: noUpdates,
    integration: null,
    ...other,
  };
}

const noUpdates: readonly VariableUpdate[] = [];
