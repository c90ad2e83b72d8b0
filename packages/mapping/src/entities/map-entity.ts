import type { EntityName } from '@voxport/domain';
import { parseJson } from '../json/parse-json.ts';
import { makeDriftLog } from '../read/drift-log.ts';
import { flag } from '../read/flag.ts';
import { redactedJsonCell } from '../read/json-cell.ts';
import { decimal, double, integer } from '../read/number.ts';
import { isRecord, list, record } from '../read/record.ts';
import type { JsonRecord, Reading } from '../read/reading.ts';
import { identifier, text, texts } from '../read/text.ts';
import { isoOfSecs, unixSecs } from '../read/time.ts';
import type { CellByType } from '../tables/table.ts';

/**
 * Counts up with each change of what payloads become: what was loaded by an older version is loaded again from the raw
 * store, without a request.
 */
export const entityMappingVersion = 1;

type Cell = CellByType[keyof CellByType] | null;
/** A row of one of the entity's tables, without `source_id`; what it does not name is null. */
export type EntityRow = Readonly<Record<string, Cell>>;

/** What a payload of an entity becomes. */
export interface MappedEntity {
  /** Since when the source has it like this, ISO 8601; null where it does not tell. */
  readonly since: string | null;
  /** When the source made it; null where it does not tell. */
  readonly createdAt: string | null;
  /** Rows by the table's name. */
  readonly rows: Readonly<Record<string, readonly EntityRow[]>>;
}

/**
 * Maps an item as it stands in the raw store to its rows: pure and tolerant. What is not of the documented type is
 * null; what has no column stays in the raw store, and for agents and tools in `settings`.
 * Throws what `JSON.parse` throws.
 */
export function mapEntity(entity: EntityName, entityId: string, body: string): MappedEntity {
  const parsed = parseJson(body);
  const reading = { drift: makeDriftLog(), isExact: parsed.isExact, isSuspect: parsed.isSuspect };
  const item = isRecord(reading, parsed.value) ? parsed.value : {};
  return mappers[entity](reading, entityId, item);
}

const mappers: Readonly<Record<EntityName, (reading: Reading, id: string, item: JsonRecord) => MappedEntity>> = {
  agents: agentRows,
  agent_branches: branchRows,
  agent_versions: versionRows,
  tools: toolRows,
  tags: tagRows,
  phone_numbers: phoneNumberRows,
  batch_calls: batchCallRows,
};

/** The fields of an object by their kind; a missing object has none. */
function fieldsOf(reading: Reading, value: unknown) {
  const from = record(reading, value, '') ?? {};
  return {
    word: (key: string) => identifier(reading, from[key], key),
    text: (key: string) => text(reading, from[key], key),
    texts: (key: string) => texts(reading, from[key], key),
    flag: (key: string) => flag(reading, from[key], key),
    count: (key: string) => integer(reading, from[key], key),
    decimal: (key: string) => decimal(reading, from[key], key),
    double: (key: string) => double(reading, from[key], key),
    time: (key: string) => isoOfSecs(unixSecs(reading, from[key], key)),
    object: (key: string) => record(reading, from[key], key) ?? {},
    list: (key: string) => list(reading, from[key], key) ?? [],
  };
}

/** Of an agent both are stored: what its list says of it, and its settings. */
function agentRows(reading: Reading, agentId: string, item: JsonRecord): MappedEntity {
  const summary = fieldsOf(reading, item['summary']);
  const detail = fieldsOf(reading, item['detail']);
  const config = fieldsOf(reading, detail.object('conversation_config'));
  const agent = fieldsOf(reading, config.object('agent'));
  const prompt = fieldsOf(reading, agent.object('prompt'));
  const platform = fieldsOf(reading, detail.object('platform_settings'));
  const metadata = fieldsOf(reading, detail.object('metadata'));
  const createdAt = metadata.time('created_at_unix_secs') ?? summary.time('created_at_unix_secs');
  const updatedAt = metadata.time('updated_at_unix_secs') ?? summary.time('updated_at_unix_secs');
  const settings = {
    conversation_config: detail.object('conversation_config'),
    platform_settings: detail.object('platform_settings'),
    workflow: detail.object('workflow'),
    procedures: detail.object('procedures'),
  };
  return {
    since: updatedAt,
    createdAt,
    rows: {
      agents: [
        {
          agent_id: agentId,
          name: detail.text('name') ?? summary.text('name'),
          branch_id: detail.word('main_branch_id') ?? detail.word('branch_id'),
          version_id: detail.word('version_id'),
          is_archived: summary.flag('archived'),
          tags: detail.texts('tags') ?? summary.texts('tags'),
          language: agent.word('language'),
          llm: prompt.word('llm'),
          voice_id: fieldsOf(reading, config.object('tts')).word('voice_id') ?? summary.word('voice_id'),
          first_message: agent.text('first_message'),
          prompt: prompt.text('prompt'),
          tool_ids: prompt.texts('tool_ids'),
          created_at: createdAt,
          updated_at: updatedAt,
          settings: redactedJsonCell(reading, settings, 'settings'),
        },
      ],
      evaluation_criteria: criteriaRows(reading, agentId, platform.object('evaluation')),
      data_collection_items: dataCollectionRows(reading, agentId, platform),
    },
  };
}

function criteriaRows(reading: Reading, agentId: string, evaluation: JsonRecord): EntityRow[] {
  const rows = new Map<string, EntityRow>();
  for (const value of fieldsOf(reading, evaluation).list('criteria')) {
    const criterion = fieldsOf(reading, value);
    const id = criterion.word('id');
    if (id === null) continue;
    rows.set(id, {
      agent_id: agentId,
      criteria_id: id,
      name: criterion.text('name'),
      criterion_type: criterion.word('type'),
      prompt: criterion.text('conversation_goal_prompt'),
      scope: criterion.word('scope'),
      llm: criterion.word('llm'),
      scoring_mode: criterion.word('scoring_mode'),
      max_score: criterion.decimal('max_score'),
      score_instructions: criterion.text('score_instructions'),
      uses_knowledge_base: criterion.flag('use_knowledge_base'),
    });
  }
  return [...rows.values()];
}

function dataCollectionRows(reading: Reading, agentId: string, platform: ReturnType<typeof fieldsOf>): EntityRow[] {
  const scopes = fieldsOf(reading, platform.object('data_collection_scopes'));
  return Object.entries(platform.object('data_collection')).flatMap(([key, value]) => {
    const item = fieldsOf(reading, value);
    const id = identifier(reading, key, 'data_collection');
    if (id === null) return [];
    return [
      {
        agent_id: agentId,
        data_collection_id: id,
        value_type: item.word('type'),
        description: item.text('description'),
        allowed_values: item.texts('enum'),
        scope: scopes.word(key),
      },
    ];
  });
}

function branchRows(reading: Reading, _id: string, item: JsonRecord): MappedEntity {
  const branch = fieldsOf(reading, item);
  const createdAt = branch.time('created_at');
  const row = {
    agent_id: branch.word('agent_id'),
    branch_id: branch.word('id'),
    name: branch.text('name'),
    description: branch.text('description'),
    traffic_percent: branch.decimal('current_live_percentage'),
    is_archived: branch.flag('is_archived'),
    parent_branch_id: branch.word('parent_branch_id'),
    merged_into_branch_id: branch.word('merged_into_branch_id'),
    created_at: createdAt,
    last_committed_at: branch.time('last_committed_at'),
  };
  // Its share of the traffic is set without a commit: when, is not told.
  return { since: null, createdAt, rows: { agent_branches: [row] } };
}

function versionRows(reading: Reading, _id: string, item: JsonRecord): MappedEntity {
  const version = fieldsOf(reading, item);
  const committedAt = version.time('time_committed_secs');
  const row = {
    agent_id: version.word('agent_id'),
    version_id: version.word('id'),
    branch_id: version.word('branch_id'),
    description: version.text('version_description'),
    sequence_number: version.count('seq_no_in_branch'),
    committed_at: committedAt,
  };
  return { since: committedAt, createdAt: committedAt, rows: { agent_versions: [row] } };
}

function toolRows(reading: Reading, toolId: string, item: JsonRecord): MappedEntity {
  const value = fieldsOf(reading, item).object('tool_config');
  const config = fieldsOf(reading, value);
  const schema = fieldsOf(reading, config.object('api_schema'));
  const row = {
    tool_id: toolId,
    name: config.word('name'),
    tool_type: config.word('type'),
    description: config.text('description'),
    url: schema.text('url'),
    method: schema.word('method'),
    response_timeout_secs: config.double('response_timeout_secs'),
    settings: redactedJsonCell(reading, value, 'tool_config'),
  };
  return { since: null, createdAt: null, rows: { tools: [row] } };
}

function tagRows(reading: Reading, tagId: string, item: JsonRecord): MappedEntity {
  const tag = fieldsOf(reading, item);
  const createdAt = tag.time('created_at_unix_secs');
  const row = { tag_id: tagId, name: tag.text('title'), description: tag.text('description'), created_at: createdAt };
  return { since: null, createdAt, rows: { tags: [row] } };
}

function phoneNumberRows(reading: Reading, phoneNumberId: string, item: JsonRecord): MappedEntity {
  const number = fieldsOf(reading, item);
  const agent = fieldsOf(reading, number.object('assigned_agent'));
  const row = {
    phone_number_id: phoneNumberId,
    phone_number: number.text('phone_number'),
    label: number.text('label'),
    provider: number.word('provider'),
    agent_id: agent.word('agent_id'),
    branch_id: agent.word('branch_id'),
    environment: agent.word('environment'),
    supports_inbound: number.flag('supports_inbound'),
    supports_outbound: number.flag('supports_outbound'),
  };
  return { since: null, createdAt: null, rows: { phone_numbers: [row] } };
}

function batchCallRows(reading: Reading, batchCallId: string, item: JsonRecord): MappedEntity {
  const batch = fieldsOf(reading, item);
  const createdAt = batch.time('created_at_unix');
  const row = {
    batch_call_id: batchCallId,
    name: batch.text('name'),
    agent_id: batch.word('agent_id'),
    branch_id: batch.word('branch_id'),
    environment: batch.word('environment'),
    phone_number_id: batch.word('phone_number_id'),
    phone_provider: batch.word('phone_provider'),
    status: batch.word('status'),
    timezone: batch.word('timezone'),
    calls_scheduled: batch.count('total_calls_scheduled'),
    calls_dispatched: batch.count('total_calls_dispatched'),
    calls_finished: batch.count('total_calls_finished'),
    retry_count: batch.count('retry_count'),
    concurrency_limit: batch.count('target_concurrency_limit'),
    created_at: createdAt,
    scheduled_at: batch.time('scheduled_time_unix'),
    updated_at: batch.time('last_updated_at_unix'),
  };
  return { since: null, createdAt, rows: { batch_calls: [row] } };
}
