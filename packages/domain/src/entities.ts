/**
 * What a workspace has beside its conversations, and what conversations name by id: each is listed by a small sync of
 * its own, in this order (branches and versions are asked for by the agents and calls that are known by then).
 */
export const entityNames = [
  'agents',
  'agent_branches',
  'agent_versions',
  'tools',
  'tags',
  'phone_numbers',
  'batch_calls',
] as const;
export type EntityName = (typeof entityNames)[number];

/** An item of an entity's list, as the source sent it. */
export interface EntityItem {
  readonly entityId: string;
  /** Tells of a change without reading the whole: an item with the same marker need not be asked for again. */
  readonly marker: string;
  readonly item: Readonly<Record<string, unknown>>;
}

/** A page of an entity's list. */
export interface EntityPage {
  readonly items: readonly EntityItem[];
  /** Where the list continues; null on its last page. */
  readonly nextCursor: string | null;
}

/** What of an entity is asked for: its whole list, a page at a time, or what belongs to one agent. */
export type EntityRequest =
  | { readonly entity: 'agents' | 'tools' | 'tags' | 'phone_numbers' | 'batch_calls'; readonly cursor: string | null }
  | { readonly entity: 'agent'; readonly agentId: string }
  | { readonly entity: 'agent_branches'; readonly agentId: string }
  | { readonly entity: 'agent_version'; readonly agentId: string; readonly versionId: string };
