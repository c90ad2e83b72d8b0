import { toolIdOf } from '../model/newer-facts.ts';
import type { ToolCall, ToolDetails, ToolResult, WorkflowStep } from '../model/types.ts';

function detailsJson(details: ToolDetails | null) {
  if (details === null) return null;
  switch (details.type) {
    case 'webhook':
      return { type: 'webhook', ...details.fields, headers: details.headers };
    case 'api_integration_webhook':
      return {
        type: 'api_integration_webhook',
        ...details.fields,
        webhook_details: { type: 'webhook', ...details.webhook.fields, headers: details.webhook.headers },
      };
    case 'client':
    case 'mcp':
      return { type: details.type, ...details.fields };
  }
}

/** A tool call as the ElevenLabs detail shows it. */
export function toolCallJson(call: ToolCall) {
  return {
    type: call.type,
    request_id: call.requestId,
    tool_name: call.name,
    tool_id: toolIdOf(call),
    params_as_json: call.params.text,
    tool_has_been_called: call.wasCalled,
    tool_details: detailsJson(call.details),
  };
}

function stepJson(step: WorkflowStep): object {
  switch (step.kind) {
    case 'edge':
      return {
        step_latency_secs: step.latencySecs,
        type: 'edge',
        edge_id: step.edgeId,
        target_node_id: step.targetNodeId,
      };
    case 'nested_tools':
      return {
        step_latency_secs: step.latencySecs,
        type: 'nested_tools',
        node_id: step.nodeId,
        requests: step.calls.map(toolCallJson),
        results: step.results.map(toolResultJson),
        is_successful: step.isSuccessful,
      };
    case 'max_iterations_exceeded':
      return {
        step_latency_secs: step.latencySecs,
        type: 'max_iterations_exceeded',
        max_iterations: step.maxIterations,
      };
  }
}

/** A tool result as the ElevenLabs detail shows it, with everything that a workflow nests in it. */
export function toolResultJson(result: ToolResult): object {
  const { outcome } = result;
  return {
    request_id: result.requestId,
    tool_name: result.name,
    tool_id: toolIdOf(result),
    result_value: outcome.text,
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
    type: result.type,
    ...(outcome.kind === 'system' ? { result: { result_type: outcome.resultType, ...outcome.fields } } : undefined),
    ...(outcome.kind === 'workflow' ? { result: { steps: outcome.steps.map(stepJson) } } : undefined),
    ...(result.integration === null
      ? undefined
      : {
          integration_id: result.integration.integrationId,
          credential_id: result.integration.credentialId,
          integration_connection_id: result.integration.connectionId,
        }),
  };
}
