import { idText, mix } from '../random.ts';
import type { Agent } from './agents.ts';
import { criteriaOf, dataItems } from './analysis.ts';
import { toolIdOf } from './newer-facts.ts';
import { callOf } from './call.ts';
import { isVisible, outlineAt } from './outline.ts';
import { integrationToolKinds } from './tools/integration-tools.ts';
import type { World } from './world.ts';

/** Conversations that share a batch: see `batchOf` of a call. */
const callsOfBatch = 500;
/** Older batches are forgotten: each is counted from its calls. */
const batchesMax = 10;
/** All agents were made before the first call that any test asks for. */
const madeUnixSecs = 1_700_000_000;

/** What somebody has changed of an agent since the seed made it. */
export interface AgentPatch {
  readonly name?: string;
  readonly prompt?: string;
  readonly updatedUnixSecs?: number;
  readonly isDeleted?: boolean;
  readonly isArchived?: boolean;
  /** Criteria that were taken out of its settings. */
  readonly withoutCriteria?: readonly string[];
  /** Percent of the calls that go to its second branch. */
  readonly secondBranchPercent?: number;
}

/** An agent with everything that its endpoints tell. */
export function agentFacts(world: World, agent: Agent) {
  const patch = world.agentPatches.get(agent.agentId) ?? {};
  const secondPercent = patch.secondBranchPercent ?? 20;
  return {
    agentId: agent.agentId,
    name: patch.name ?? agent.name,
    isDeleted: patch.isDeleted ?? false,
    isArchived: patch.isArchived ?? false,
    createdUnixSecs: madeUnixSecs + agent.index * 3600,
    updatedUnixSecs: patch.updatedUnixSecs ?? madeUnixSecs + agent.index * 3600 + 1800,
    tags: [agent.domain],
    language: 'en',
    llm: agent.model.name,
    voiceId: agent.voiceIds[0],
    firstMessage: `Hello, this is ${agent.name}.`,
    prompt: patch.prompt ?? `You answer calls about ${agent.domain}.`,
    toolIds: toolsOf().map(({ toolId }) => toolId),
    branchId: agent.branchIds[0],
    versionId: agent.versionIds[2],
    criteria: criteriaOf(agent.domain).filter(({ id }) => !(patch.withoutCriteria ?? []).includes(id)),
    dataItems,
    branches: agent.branchIds.map((branchId, place) => ({
      branchId,
      name: place === 0 ? 'Main' : 'Shorter greeting',
      description: place === 0 ? 'The main branch' : 'Asks for the name first',
      percent: place === 0 ? 100 - secondPercent : secondPercent,
      parentBranchId: place === 0 ? null : agent.branchIds[0],
      createdUnixSecs: madeUnixSecs + agent.index * 3600 + place * 600,
      committedUnixSecs: madeUnixSecs + agent.index * 3600 + place * 600 + 60,
    })),
    versions: agent.versionIds.map((versionId, place) => ({
      versionId,
      branchId: agent.branchIds[place === 1 ? 1 : 0],
      description: `Change ${place + 1}`,
      number: place === 2 ? 2 : 1,
      committedUnixSecs: madeUnixSecs + agent.index * 3600 + place * 60,
    })),
  };
}
export type AgentFacts = ReturnType<typeof agentFacts>;

/** The agents that are there. */
export function agentsOf(world: World): readonly AgentFacts[] {
  return world.agents.map((agent) => agentFacts(world, agent)).filter(({ isDeleted }) => !isDeleted);
}

/** The tools of the workspace: those of its calls that are no system tools. */
export function toolsOf() {
  return integrationToolKinds.map(({ name, type }) => ({
    toolId: toolIdOf({ name, type }),
    name,
    type,
    description: `Tool ${name}`,
    url: type === 'webhook' ? `https://tools.example.com/${name}` : null,
    timeoutSecs: 20,
  }));
}

/** The tags for conversations. */
export function tagsOf(world: World) {
  return world.tagIds.map((tagId, place) => ({
    tagId,
    title: `Tag ${place + 1}`,
    description: place % 2 === 0 ? `Calls of kind ${place + 1}` : null,
    createdUnixSecs: madeUnixSecs + place,
  }));
}

/** The telephone numbers: one an agent. */
export function phoneNumbersOf(world: World) {
  return world.agents.map((agent) => ({
    phoneNumberId: agent.phoneNumberId,
    phoneNumber: agent.phoneNumber,
    label: `Line ${agent.index + 1}`,
    provider: 'twilio',
    agentId: world.agentPatches.get(agent.agentId)?.isDeleted === true ? null : agent.agentId,
    agentName: agentFacts(world, agent).name,
  }));
}

/** The batches, newest first: one for each stretch of calls that has a call of a batch. */
export function batchesOf(world: World) {
  const count = world.timeLine.count();
  const batches = [];
  const oldest = Math.max(0, Math.floor(count / callsOfBatch) - batchesMax);
  for (let first = oldest * callsOfBatch; first < count; first += callsOfBatch) {
    const calls = [];
    for (let index = first; index < Math.min(count, first + callsOfBatch); index += 1) {
      const outline = outlineAt(world, index);
      if (outline.isBatch && isVisible(world, index)) calls.push(outline);
    }
    const [earliest] = calls;
    if (earliest === undefined) continue;
    const batchCallId = callOf(world, earliest).batch?.batchCallId ?? '';
    batches.push({
      batchCallId,
      name: `Batch ${first / callsOfBatch + 1}`,
      agentId: earliest.agent.agentId,
      agentName: earliest.agent.name,
      phoneNumberId: earliest.agent.phoneNumberId,
      status: 'completed',
      // One in ten calls never becomes a conversation.
      scheduled: calls.length + Math.ceil(calls.length / 10),
      dispatched: calls.length + Math.ceil(calls.length / 10),
      finished: calls.length,
      createdUnixSecs: earliest.startUnixSecs - 600,
      scheduledUnixSecs: earliest.startUnixSecs - 300,
      updatedUnixSecs: earliest.startUnixSecs + 3600,
    });
  }
  return batches.toReversed();
}

/** An id of the workspace itself. */
export function workspaceIdOf(world: World): string {
  return `ws_${idText(mix(world.seed, 0x3a), 12)}`;
}
