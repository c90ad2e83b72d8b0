import type { ToolCall, ToolResult, WorkflowStep } from '../types.ts';
import { integrationTools } from './integration-tools.ts';
import {
  drawRequestId,
  makeResult,
  paramsOf,
  systemOutcome,
  type Tool,
  type ToolContext,
  type ToolUse,
} from './tool.ts';

function innerTool(key: string, context: ToolContext): ToolUse {
  const tool = integrationTools.find((row) => row.key === key);
  if (tool === undefined) throw new Error(`The tool catalog has no row "${key}".`);
  return tool.use(context);
}

function nestedStep(context: ToolContext, nodeId: string, uses: readonly ToolUse[]): WorkflowStep {
  return {
    kind: 'nested_tools',
    latencySecs: context.random.int(20, 1500) / 1000,
    nodeId,
    calls: uses.map((use) => use.call),
    results: uses.map((use) => use.result),
    isSuccessful: uses.every((use) => !use.result.isError),
  };
}

function edge(context: ToolContext, number: number): WorkflowStep {
  return {
    kind: 'edge',
    latencySecs: context.random.int(1, 90) / 1000,
    edgeId: `edge_${number}`,
    targetNodeId: context.agent.nodeIds[number % 4] ?? context.agent.nodeIds[0],
  };
}

function workflow(
  context: ToolContext,
  name: string,
  steps: readonly WorkflowStep[],
  other: Partial<ToolResult> = {},
): ToolUse {
  const call: ToolCall = {
    requestId: drawRequestId(context.random),
    name,
    type: 'workflow',
    params: paramsOf({}),
    wasCalled: true,
    details: null,
  };
  const text = other.isError ? 'The workflow did not finish.' : `Workflow finished after ${steps.length} steps.`;
  return { call, result: makeResult(call, context.random, { kind: 'workflow', text, steps }, other) };
}

/** A routing pseudo-tool: its nested result is a transfer to a node of the same agent. */
function routing(number: 1 | 2): Tool {
  const name = `notify_condition_${number}_met`;
  return {
    key: `notify_condition_${number}`,
    name,
    use: (context) => {
      const { agent, random } = context;
      const nodeId = agent.nodeIds[number];
      const call: ToolCall = {
        requestId: drawRequestId(random),
        name: 'transfer_to_agent',
        type: 'system',
        params: paramsOf({}),
        wasCalled: true,
        details: null,
      };
      const result = makeResult(
        call,
        random,
        systemOutcome('transfer_to_agent_success', {
          status: 'success',
          from_agent: agent.agentId,
          to_agent: agent.agentId,
          to_node: nodeId,
          condition: `Condition ${number} is met.`,
          delay_ms: 0,
          transfer_message: null,
          enable_transferred_agent_first_message: false,
          branch_info: { branch_reason: 'configured', branch_id: agent.branchIds[0] },
        }),
      );
      return workflow(context, name, [edge(context, number), nestedStep(context, nodeId, [{ call, result }])]);
    },
  };
}

/** Workflow tools: edges, nested tools, a workflow inside a workflow, and one that runs out of iterations. */
export const workflowTools: readonly Tool[] = [
  routing(1),
  routing(2),
  {
    key: 'workflow_return',
    name: 'run_return_workflow',
    use: (context) =>
      workflow(context, 'run_return_workflow', [
        edge(context, 1),
        nestedStep(context, context.agent.nodeIds[1], [
          innerTool('lookup_order', context),
          innerTool('calculate_total', context),
        ]),
        edge(context, 2),
        nestedStep(context, context.agent.nodeIds[2], [innerTool('start_return', context)]),
      ]),
  },
  {
    key: 'workflow_deep',
    name: 'run_double_check',
    use: (context) => {
      const innermost = workflow(context, 'run_second_attempt', [
        nestedStep(context, context.agent.nodeIds[3], [innerTool('device_diagnostics', context)]),
      ]);
      const inner = workflow(context, 'run_check', [
        nestedStep(context, context.agent.nodeIds[2], [
          innerTool('crm_contact', context),
          innermost,
          innerTool('check_invoice', context),
        ]),
        edge(context, 3),
      ]);
      return workflow(context, 'run_double_check', [
        edge(context, 1),
        nestedStep(context, context.agent.nodeIds[1], [innerTool('find_slots', context), inner]),
        nestedStep(context, context.agent.nodeIds[3], [innerTool('send_reminder', { ...context, fails: true })]),
      ]);
    },
  },
  {
    key: 'workflow_exhausted',
    name: 'run_search_workflow',
    use: (context) =>
      workflow(
        context,
        'run_search_workflow',
        [
          nestedStep(context, context.agent.nodeIds[1], [innerTool('kb_search', context)]),
          { kind: 'max_iterations_exceeded', latencySecs: 0.004, maxIterations: 5 },
        ],
        { isError: true, errorType: 'max_iterations_exceeded', errorMessage: 'Stopped after 5 iterations' },
      ),
  },
];
