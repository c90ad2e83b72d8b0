import { agentsOf, batchesOf, phoneNumbersOf, tagsOf, toolsOf } from '../model/entities.ts';
import type { World } from '../model/world.ts';
import { isoOf, type TrueRow } from './types.ts';

/** The present rows that the warehouse must hold of what calls name, by table; those of versions: all there are. */
export type TrueEntities = Readonly<Record<string, readonly TrueRow[]>>;

const at = (unixSecs: number): string => isoOf(unixSecs * 1000);

/** The truth of each table of entities at this moment. Columns that are null everywhere are left out. */
export function trueEntitiesOf(world: World): TrueEntities {
  const agents = agentsOf(world);
  return {
    agents: agents.map((agent) => ({
      agent_id: agent.agentId,
      name: agent.name,
      branch_id: agent.branchId,
      version_id: agent.versionId,
      is_archived: agent.isArchived,
      tags: agent.tags,
      language: agent.language,
      llm: agent.llm,
      voice_id: agent.voiceId,
      first_message: agent.firstMessage,
      prompt: agent.prompt,
      tool_ids: agent.toolIds,
      created_at: at(agent.createdUnixSecs),
      updated_at: at(agent.updatedUnixSecs),
    })),
    evaluation_criteria: agents.flatMap((agent) =>
      agent.criteria.map((criterion) => ({
        agent_id: agent.agentId,
        criteria_id: criterion.id,
        name: criterion.name,
        criterion_type: 'prompt',
        prompt: criterion.prompt,
        scope: 'conversation',
        scoring_mode: criterion.scoringMode,
        max_score: criterion.maxScore,
        uses_knowledge_base: false,
      })),
    ),
    data_collection_items: agents.flatMap((agent) =>
      agent.dataItems.map((item) => ({
        agent_id: agent.agentId,
        data_collection_id: item.id,
        value_type: item.type,
        description: item.description,
        allowed_values: item.allowed,
      })),
    ),
    agent_branches: agents.flatMap((agent) =>
      agent.branches.map((branch) => ({
        agent_id: agent.agentId,
        branch_id: branch.branchId,
        name: branch.name,
        description: branch.description,
        traffic_percent: branch.percent,
        is_archived: false,
        parent_branch_id: branch.parentBranchId,
        created_at: at(branch.createdUnixSecs),
        last_committed_at: at(branch.committedUnixSecs),
      })),
    ),
    agent_versions: agents.flatMap((agent) =>
      agent.versions.map((version) => ({
        agent_id: agent.agentId,
        version_id: version.versionId,
        branch_id: version.branchId,
        description: version.description,
        sequence_number: version.number,
        committed_at: at(version.committedUnixSecs),
      })),
    ),
    tools: toolsOf().map((tool) => ({
      tool_id: tool.toolId,
      name: tool.name,
      tool_type: tool.type,
      description: tool.description,
      url: tool.url,
      method: tool.url === null ? null : 'POST',
      response_timeout_secs: tool.timeoutSecs,
    })),
    tags: tagsOf(world).map((tag) => ({
      tag_id: tag.tagId,
      name: tag.title,
      description: tag.description,
      created_at: at(tag.createdUnixSecs),
    })),
    phone_numbers: phoneNumbersOf(world).map((number) => ({
      phone_number_id: number.phoneNumberId,
      phone_number: number.phoneNumber,
      label: number.label,
      provider: number.provider,
      agent_id: number.agentId,
      supports_inbound: true,
      supports_outbound: true,
    })),
    batch_calls: batchesOf(world).map((batch) => ({
      batch_call_id: batch.batchCallId,
      name: batch.name,
      agent_id: batch.agentId,
      phone_number_id: batch.phoneNumberId,
      phone_provider: 'twilio',
      status: batch.status,
      timezone: 'UTC',
      calls_scheduled: batch.scheduled,
      calls_dispatched: batch.dispatched,
      calls_finished: batch.finished,
      retry_count: 0,
      created_at: at(batch.createdUnixSecs),
      scheduled_at: at(batch.scheduledUnixSecs),
      updated_at: at(batch.updatedUnixSecs),
    })),
  };
}
