import {
  agentsOf,
  batchesOf,
  phoneNumbersOf,
  tagsOf,
  toolsOf,
  workspaceIdOf,
  type AgentFacts,
} from '../model/entities.ts';
import type { World } from '../model/world.ts';
import { jsonAnswer, problems, type Answer, type Complain } from './answer.ts';
import { filterHashOf, readCursor, writeCursor } from './cursor.ts';
import { invalid } from './problem.ts';
import { makeQueryReader } from './query-reader.ts';
import type { Route } from './route.ts';

const accessInfo = {
  is_creator: true,
  creator_name: 'Workspace owner',
  creator_email: 'owner@example.com',
  role: 'admin',
};

function agentSummary(agent: AgentFacts) {
  return {
    agent_id: agent.agentId,
    name: agent.name,
    voice_id: agent.voiceId,
    tags: agent.tags,
    created_at_unix_secs: agent.createdUnixSecs,
    updated_at_unix_secs: agent.updatedUnixSecs,
    access_info: accessInfo,
    last_call_time_unix_secs: agent.updatedUnixSecs + 60,
    archived: agent.isArchived,
  };
}

function agentDetail(agent: AgentFacts) {
  return {
    agent_id: agent.agentId,
    name: agent.name,
    conversation_config: {
      agent: {
        first_message: agent.firstMessage,
        language: agent.language,
        prompt: { prompt: agent.prompt, llm: agent.llm, tool_ids: agent.toolIds },
      },
      tts: { voice_id: agent.voiceId },
    },
    metadata: { created_at_unix_secs: agent.createdUnixSecs, updated_at_unix_secs: agent.updatedUnixSecs },
    platform_settings: {
      evaluation: {
        criteria: agent.criteria.map((criterion) => ({
          id: criterion.id,
          name: criterion.name,
          type: 'prompt',
          conversation_goal_prompt: criterion.prompt,
          use_knowledge_base: false,
          scope: 'conversation',
          scoring_mode: criterion.scoringMode,
          ...(criterion.maxScore === null ? {} : { max_score: criterion.maxScore }),
        })),
      },
      data_collection: Object.fromEntries(
        agent.dataItems.map((item) => [
          item.id,
          {
            type: item.type,
            description: item.description,
            ...(item.allowed === null ? {} : { enum: item.allowed }),
          },
        ]),
      ),
    },
    tags: agent.tags,
    version_id: agent.versionId,
    branch_id: agent.branchId,
    main_branch_id: agent.branchId,
    access_info: accessInfo,
  };
}

const branchJson = (agent: AgentFacts, branch: AgentFacts['branches'][number]) => ({
  id: branch.branchId,
  name: branch.name,
  agent_id: agent.agentId,
  description: branch.description,
  created_at: branch.createdUnixSecs,
  last_committed_at: branch.committedUnixSecs,
  is_archived: false,
  access_info: accessInfo,
  current_live_percentage: branch.percent,
  parent_branch_id: branch.parentBranchId,
  calls_7d: 12,
});

const versionJson = (agent: AgentFacts, version: AgentFacts['versions'][number]) => ({
  id: version.versionId,
  agent_id: agent.agentId,
  branch_id: version.branchId,
  version_description: version.description,
  seq_no_in_branch: version.number,
  time_committed_secs: version.committedUnixSecs,
  parents: { in_branch_parent_id: null, out_of_branch_parent_id: null },
  access_info: accessInfo,
});

const toolJson = (tool: ReturnType<typeof toolsOf>[number]) => ({
  id: tool.toolId,
  tool_config: {
    type: tool.type,
    name: tool.name,
    description: tool.description,
    response_timeout_secs: tool.timeoutSecs,
    ...(tool.url === null
      ? {}
      : {
          api_schema: { url: tool.url, method: 'POST', request_headers: { authorization: 'Bearer secret-of-a-tool' } },
        }),
  },
  access_info: accessInfo,
  usage_stats: { total_calls: 12, avg_latency_secs: 0.4 },
});

const tagJson = (world: World) => (tag: ReturnType<typeof tagsOf>[number]) => ({
  tag_id: tag.tagId,
  workspace_id: workspaceIdOf(world),
  owner_user_id: 'user_1',
  title: tag.title,
  description: tag.description,
  created_at_unix_secs: tag.createdUnixSecs,
});

const phoneNumberJson = (number: ReturnType<typeof phoneNumbersOf>[number]) => ({
  phone_number: number.phoneNumber,
  label: number.label,
  supports_inbound: true,
  supports_outbound: true,
  phone_number_id: number.phoneNumberId,
  assigned_agent: number.agentId === null ? null : { agent_id: number.agentId, agent_name: number.agentName },
  provider: number.provider,
});

const batchJson = (batch: ReturnType<typeof batchesOf>[number]) => ({
  id: batch.batchCallId,
  phone_number_id: batch.phoneNumberId,
  phone_provider: 'twilio',
  name: batch.name,
  agent_id: batch.agentId,
  created_at_unix: batch.createdUnixSecs,
  scheduled_time_unix: batch.scheduledUnixSecs,
  timezone: 'UTC',
  total_calls_dispatched: batch.dispatched,
  total_calls_scheduled: batch.scheduled,
  total_calls_finished: batch.finished,
  last_updated_at_unix: batch.updatedUnixSecs,
  status: batch.status,
  retry_count: 0,
  telephony_call_config: { ringing_timeout_secs: 60 },
  agent_name: batch.agentName,
});

/** Answers what lists and tells of agents, tools, tags, telephone numbers and batches. */
export function entityAnswer(world: World, route: Route, complain: Complain): Answer {
  const params = new URLSearchParams(route.query);
  const [root, id, part, partId] = route.steps;
  const page = (items: readonly unknown[], key: string, words: { size: string; sent: string; next: string }): Answer =>
    pageAnswer(items, key, words, params, complain);
  const byCursor = { size: 'page_size', sent: 'cursor', next: 'next_cursor' };
  const place = route.steps.join('/');
  if (place === 'agents') return page(agentsOf(world).map(agentSummary), 'agents', byCursor);
  if (place === 'tools') return page(toolsOf().map(toolJson), 'tools', byCursor);
  if (place === 'tags') return page(tagsOf(world).map(tagJson(world)), 'conversation_tags', byCursor);
  if (place === 'v2/phone-numbers') return page(phoneNumbersOf(world).map(phoneNumberJson), 'phone_numbers', byCursor);
  if (place === 'batch-calling/workspace')
    return page(batchesOf(world).map(batchJson), 'batch_calls', { size: 'limit', sent: 'last_doc', next: 'next_doc' });
  const agent = root === 'agents' ? agentsOf(world).find(({ agentId }) => agentId === id) : undefined;
  if (agent === undefined) return complain(problems.noSuchEntity);
  if (part === undefined) return jsonAnswer(200, agentDetail(agent));
  if (part === 'branches' && partId === undefined)
    return jsonAnswer(200, { meta: {}, results: agent.branches.map((branch) => branchJson(agent, branch)) });
  const version = part === 'versions' ? agent.versions.find(({ versionId }) => versionId === partId) : undefined;
  return version === undefined ? complain(problems.noSuchEntity) : jsonAnswer(200, versionJson(agent, version));
}

function pageAnswer(
  items: readonly unknown[],
  key: string,
  words: { size: string; sent: string; next: string },
  params: URLSearchParams,
  complain: Complain,
): Answer {
  const query = makeQueryReader(params);
  const size = query.integer(words.size) ?? 30;
  if (query.issues.length > 0) return complain(invalid(query.issues));
  if (size < 1 || size > 100)
    return complain({ ...problems.invalidCursor, code: 'invalid_page_size', param: words.size });
  const text = query.text(words.sent);
  const cursor = text === null ? null : readCursor(text);
  const filterHash = filterHashOf(new URLSearchParams({ list: key }));
  if (text !== null && cursor?.filterHash !== filterHash) return complain(problems.invalidCursor);
  const first = cursor === null ? 0 : cursor.lastIndex + 1;
  const shown = items.slice(first, first + size);
  const hasMore = first + shown.length < items.length;
  const next = { lastIndex: first + shown.length - 1, filterHash, issuedAtMs: 0, serial: 0 };
  return jsonAnswer(200, { [key]: shown, [words.next]: hasMore ? writeCursor(next) : null, has_more: hasMore });
}
