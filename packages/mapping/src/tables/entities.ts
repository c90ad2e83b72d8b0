import type { EntityName } from '@voxport/domain';
import { table, type ColumnType, type Table } from './table.ts';

/**
 * A table of what conversations name. With history, a row is how it was from `valid_from` to before `valid_to`;
 * without, there is one row, which is brought up to date.
 */
export interface EntityTable {
  readonly table: Table;
  /** What identifies it within its source. */
  readonly keys: readonly string[];
  /** The column whose payload brings all rows of this table that belong to it: those it no longer has have ended. */
  readonly parent: string | null;
  readonly hasHistory: boolean;
}

/** Set by the load, not by the mapping. */
export const historyColumns = {
  valid_from: 'timestamptz',
  valid_to: 'timestamptz',
  observed_at: 'timestamptz',
} as const satisfies Record<string, ColumnType>;
export const presentColumns = {
  observed_at: 'timestamptz',
  gone_at: 'timestamptz',
} as const satisfies Record<string, ColumnType>;

const agents = table('agents', {
  source_id: 'text',
  agent_id: 'text',
  name: 'text',
  branch_id: 'text',
  version_id: 'text',
  is_archived: 'boolean',
  tags: 'text[]',
  language: 'text',
  llm: 'text',
  voice_id: 'text',
  first_message: 'text',
  prompt: 'text',
  tool_ids: 'text[]',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  settings: 'jsonb',
});

const evaluationCriteria = table('evaluation_criteria', {
  source_id: 'text',
  agent_id: 'text',
  criteria_id: 'text',
  name: 'text',
  criterion_type: 'text',
  prompt: 'text',
  scope: 'text',
  llm: 'text',
  scoring_mode: 'text',
  max_score: 'numeric',
  score_instructions: 'text',
  uses_knowledge_base: 'boolean',
});

const dataCollectionItems = table('data_collection_items', {
  source_id: 'text',
  agent_id: 'text',
  data_collection_id: 'text',
  value_type: 'text',
  description: 'text',
  allowed_values: 'text[]',
  scope: 'text',
});

const agentBranches = table('agent_branches', {
  source_id: 'text',
  agent_id: 'text',
  branch_id: 'text',
  name: 'text',
  description: 'text',
  traffic_percent: 'numeric',
  is_archived: 'boolean',
  parent_branch_id: 'text',
  merged_into_branch_id: 'text',
  created_at: 'timestamptz',
  last_committed_at: 'timestamptz',
});

const agentVersions = table('agent_versions', {
  source_id: 'text',
  agent_id: 'text',
  version_id: 'text',
  branch_id: 'text',
  description: 'text',
  sequence_number: 'bigint',
  committed_at: 'timestamptz',
});

const tools = table('tools', {
  source_id: 'text',
  tool_id: 'text',
  name: 'text',
  tool_type: 'text',
  description: 'text',
  url: 'text',
  method: 'text',
  response_timeout_secs: 'double precision',
  settings: 'jsonb',
});

const tags = table('tags', {
  source_id: 'text',
  tag_id: 'text',
  name: 'text',
  description: 'text',
  created_at: 'timestamptz',
});

const phoneNumbers = table('phone_numbers', {
  source_id: 'text',
  phone_number_id: 'text',
  phone_number: 'text',
  label: 'text',
  provider: 'text',
  agent_id: 'text',
  branch_id: 'text',
  environment: 'text',
  supports_inbound: 'boolean',
  supports_outbound: 'boolean',
});

const batchCalls = table('batch_calls', {
  source_id: 'text',
  batch_call_id: 'text',
  name: 'text',
  agent_id: 'text',
  branch_id: 'text',
  environment: 'text',
  phone_number_id: 'text',
  phone_provider: 'text',
  status: 'text',
  timezone: 'text',
  calls_scheduled: 'bigint',
  calls_dispatched: 'bigint',
  calls_finished: 'bigint',
  retry_count: 'bigint',
  concurrency_limit: 'bigint',
  created_at: 'timestamptz',
  scheduled_at: 'timestamptz',
  updated_at: 'timestamptz',
});

const withHistory = (entityTable: Table, keys: readonly string[], parent: string | null = null): EntityTable => ({
  table: entityTable,
  keys,
  parent,
  hasHistory: true,
});

/** The tables that an entity's payloads become; the first has a row a payload. */
export const entityTables: Readonly<Record<EntityName, readonly EntityTable[]>> = {
  agents: [
    withHistory(agents, ['agent_id']),
    withHistory(evaluationCriteria, ['agent_id', 'criteria_id'], 'agent_id'),
    withHistory(dataCollectionItems, ['agent_id', 'data_collection_id'], 'agent_id'),
  ],
  agent_branches: [withHistory(agentBranches, ['agent_id', 'branch_id'])],
  agent_versions: [{ table: agentVersions, keys: ['agent_id', 'version_id'], parent: null, hasHistory: false }],
  tools: [withHistory(tools, ['tool_id'])],
  tags: [withHistory(tags, ['tag_id'])],
  phone_numbers: [withHistory(phoneNumbers, ['phone_number_id'])],
  batch_calls: [{ table: batchCalls, keys: ['batch_call_id'], parent: null, hasHistory: false }],
};
