import { integrationTools } from './integration-tools.ts';
import { systemTools } from './system-tools.ts';
import type { Tool } from './tool.ts';
import { workflowTools } from './workflow-tools.ts';

const byKey = new Map<string, Tool>(
  [...integrationTools, ...systemTools, ...workflowTools].map((tool) => [tool.key, tool]),
);

/** The catalog's row for a key that a script names. Throws for an unknown key: a script is wrong then. */
export function toolOf(key: string): Tool {
  const tool = byKey.get(key);
  if (tool === undefined) throw new Error(`A script names the tool "${key}", which the catalog does not have.`);
  return tool;
}
