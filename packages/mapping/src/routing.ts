const routingTool = /^notify_condition_\d+_met$/;

/** True for the pseudo-tools by which a workflow takes an edge: routing, not tool use. */
export function isRoutingTool(toolName: string | null): boolean {
  return toolName !== null && toolName.startsWith('notify_condition_') && routingTool.test(toolName);
}
