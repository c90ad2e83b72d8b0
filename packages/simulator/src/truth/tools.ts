import type { Call } from '../model/call.ts';
import { toolIdOf } from '../model/newer-facts.ts';
import type { JsonObject, ToolCall, ToolDetails, ToolResult, WorkflowStep } from '../model/types.ts';
import { isoOf, type TrueRow } from './types.ts';

const redacted = '[redacted]';
const routingName = /^notify_condition_\d+_met$/;

/** Where a nested call or result hangs. */
interface Place {
  readonly parent: number | null;
  readonly depth: number;
  readonly step: number | null;
  readonly nodeId: string | null;
}
const topLevel: Place = { parent: null, depth: 0, step: null, nodeId: null };

function hideHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, redacted]));
}

function trueDetails(details: ToolDetails | null): unknown {
  if (details === null) return null;
  if (details.type === 'webhook')
    return { type: details.type, ...details.fields, headers: hideHeaders(details.headers) };
  if (details.type === 'api_integration_webhook')
    return {
      type: details.type,
      ...details.fields,
      webhook_details: { type: 'webhook', ...details.webhook.fields, headers: hideHeaders(details.webhook.headers) },
    };
  return { type: details.type, ...details.fields };
}

function trueStep(step: WorkflowStep): unknown {
  switch (step.kind) {
    case 'edge':
      return {
        type: 'edge',
        step_latency_secs: step.latencySecs,
        edge_id: step.edgeId,
        target_node_id: step.targetNodeId,
      };
    case 'max_iterations_exceeded':
      return { type: step.kind, step_latency_secs: step.latencySecs, max_iterations: step.maxIterations };
    case 'nested_tools':
      return {
        type: 'nested_tools',
        step_latency_secs: step.latencySecs,
        node_id: step.nodeId,
        is_successful: step.isSuccessful,
        requests: step.calls.map((call) => ({
          type: call.type,
          request_id: call.requestId,
          tool_name: call.name,
          tool_id: toolIdOf(call),
          params_as_json: call.params.text,
          tool_has_been_called: call.wasCalled,
          tool_details: trueDetails(call.details),
        })),
        results: step.results.map(trueNestedResult),
      };
  }
}

function trueNestedResult(result: ToolResult): unknown {
  const structured = result.outcome.kind === 'text' ? {} : { result: trueOutcome(result) };
  const { integration } = result;
  return {
    request_id: result.requestId,
    tool_name: result.name,
    tool_id: toolIdOf(result),
    type: result.type,
    result_value: result.outcome.text,
    is_error: result.isError,
    is_blocked: result.isBlocked,
    tool_has_been_called: result.wasCalled,
    tool_latency_secs: result.latencySecs,
    error_type: result.errorType,
    raw_error_message: result.errorMessage,
    dynamic_variable_updates: result.updates.map((update) => ({
      variable_name: update.name,
      old_value: update.oldValue,
      new_value: update.newValue,
      updated_at: update.updatedAtMs / 1000,
      tool_name: result.name,
      tool_request_id: result.requestId,
    })),
    ...structured,
    ...(integration === null
      ? {}
      : {
          integration_id: integration.integrationId,
          credential_id: integration.credentialId,
          integration_connection_id: integration.connectionId,
        }),
  };
}

function trueOutcome(result: ToolResult): unknown {
  const { outcome } = result;
  if (outcome.kind === 'text') return outcome.parsed;
  if (outcome.kind === 'system') return { result_type: outcome.resultType, ...outcome.fields };
  return { steps: outcome.steps.map(trueStep) };
}

/** The rows of the tool tables. */
export interface TrueToolRows {
  readonly tool_calls: readonly TrueRow[];
  readonly tool_results: readonly TrueRow[];
  readonly dynamic_variable_updates: readonly TrueRow[];
  readonly tool_result_chunks: readonly TrueRow[];
}

/** Flattens every turn's tools: results depth first, nested requests after the turn's own calls in the same walk. */
export function trueTools(call: Call): TrueToolRows {
  const conversation_id = call.outline.conversationId;
  const tool_calls: TrueRow[] = [];
  const tool_results: TrueRow[] = [];
  const dynamic_variable_updates: TrueRow[] = [];
  const tool_result_chunks: TrueRow[] = [];

  for (const [turn_index, turn] of call.turns.entries()) {
    let call_index = 0;
    let result_index = 0;

    const addCall = (toolCall: ToolCall, place: Place) => {
      tool_calls.push({
        conversation_id,
        turn_index,
        call_index,
        request_id: toolCall.requestId,
        tool_name: toolCall.name,
        tool_id: toolIdOf(toolCall),
        tool_type: toolCall.type,
        params: toolCall.params.value,
        params_text: toolCall.params.text,
        was_called: toolCall.wasCalled,
        is_routing: routingName.test(toolCall.name),
        details: trueDetails(toolCall.details),
        parent_result_index: place.parent,
        depth: place.depth,
      });
      call_index += 1;
    };

    const addResult = (result: ToolResult, place: Place) => {
      const own = result_index;
      result_index += 1;
      const found = result.outcome.kind === 'system' ? result.outcome.fields['chunks'] : undefined;
      for (const [chunk_index, chunk] of (Array.isArray(found) ? (found as JsonObject[]) : []).entries())
        tool_result_chunks.push({
          conversation_id,
          turn_index,
          result_index: own,
          chunk_index,
          document_id: chunk['document_id'] ?? null,
          chunk_id: chunk['chunk_id'] ?? null,
          content: chunk['content'] ?? null,
        });
      tool_results.push({
        conversation_id,
        turn_index,
        result_index: own,
        parent_result_index: place.parent,
        depth: place.depth,
        step_index: place.step,
        workflow_node_id: place.nodeId,
        request_id: result.requestId,
        tool_name: result.name,
        tool_id: toolIdOf(result),
        tool_type: result.type,
        result_type: result.outcome.kind === 'system' ? result.outcome.resultType : null,
        is_routing: routingName.test(result.name),
        result_text: result.outcome.text,
        result: trueOutcome(result),
        is_error: result.isError,
        is_blocked: result.isBlocked,
        error_type: result.errorType,
        error_message: result.errorMessage,
        was_called: result.wasCalled,
        latency_secs: result.latencySecs,
      });
      for (const [update_index, update] of result.updates.entries())
        dynamic_variable_updates.push({
          conversation_id,
          turn_index,
          result_index: own,
          update_index,
          variable_name: update.name,
          old_value: update.oldValue,
          new_value: update.newValue,
          updated_at: isoOf(update.updatedAtMs),
          tool_name: result.name,
          request_id: result.requestId,
        });
      if (result.outcome.kind !== 'workflow') return;
      for (const [step_index, step] of result.outcome.steps.entries()) {
        if (step.kind !== 'nested_tools') continue;
        const inner: Place = { parent: own, depth: place.depth + 1, step: step_index, nodeId: step.nodeId };
        for (const nested of step.calls) addCall(nested, inner);
        for (const nested of step.results) addResult(nested, inner);
      }
    };

    for (const toolCall of turn.calls) addCall(toolCall, topLevel);
    for (const result of turn.results) addResult(result, topLevel);
  }
  return { tool_calls, tool_results, dynamic_variable_updates, tool_result_chunks };
}
