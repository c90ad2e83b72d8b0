import { callOf } from './model/call.ts';
import { isVisible, outlineAt } from './model/outline.ts';
import { makeWorld, type ConversationPatch, type World } from './model/world.ts';
import type { AgentPatch } from './model/entities.ts';
import { hashText, mix } from './random.ts';
import { detailJson } from './render/detail.ts';
import { voiceableFormOf, type VoiceableForm } from './render/voiceable.ts';
import { makeFilter } from './server/filters.ts';
import { makeQueryReader } from './server/query-reader.ts';
import { indexRangeOf, select } from './server/select.ts';
import type { Dialect, SimulatorOptions } from './server/settings.ts';
import { trueEntitiesOf, type TrueEntities } from './truth/entities.ts';
import { trueRowsOf } from './truth/true-rows.ts';
import { voiceableTrueRowsOf } from './truth/voiceable.ts';
import type { TrueRows } from './truth/types.ts';

/** Which conversations `truths` yields. The bounds are whole seconds, both included. */
export interface TruthSelection {
  readonly afterUnixSecs?: number;
  readonly beforeUnixSecs?: number;
  /** Any of the list's own filters, by the API's parameter names. */
  readonly filters?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly dialect?: Dialect;
}

/**
 * The conversations and the truth about them, without a server: for a process that wants the rows of a simulator in
 * another process, made with the same settings.
 */
export interface Universe {
  /** How many there are, deleted ones included. */
  count(): number;
  conversationIdAt(index: number): string;
  /** The index of an id that exists and can be seen; null otherwise. */
  indexOf(conversationId: string): number | null;
  /**
   * The rows that the warehouse must hold for a conversation at this moment; null when it cannot be seen at the source.
   */
  truth(conversationId: string, dialect?: Dialect): TrueRows | null;
  /** The rows of every conversation that can be seen and matches, oldest first, computed one by one. */
  truths(selection?: TruthSelection): AsyncGenerator<TrueRows, void, undefined>;
  /**
   * The JSON text that ElevenLabs' detail endpoint would return now; null when there is none. A webhook's `data` is the
   * same.
   */
  detailText(conversationId: string): string | null;
  /** Lets calls arrive: `count` newest ones, by default starting now. Returns their ids, oldest first. */
  addConversations(
    count: number,
    range?: { readonly startUnixSecs: number; readonly endUnixSecs: number },
  ): readonly string[];
  /** Changes a conversation; what the patch does not name stays. Throws RangeError for an unknown id. */
  updateConversation(conversationId: string, patch: ConversationPatch): void;
  /** The present rows that the warehouse must hold of what conversations name, by table. */
  trueEntities(): TrueEntities;
  /** Changes an agent; what the patch does not name stays. Throws RangeError for an unknown id. */
  updateAgent(agentId: string, patch: AgentPatch): void;
  readonly world: World;
}

const thirtyDaysSecs = 30 * 86_400;

/** The seed as a number. */
export function seedNumber(seed: number | string | undefined): number {
  if (seed === undefined) return 1;
  return typeof seed === 'string' ? hashText(seed) : mix(seed, 0x5eed);
}

function paramsOf(filters: NonNullable<TruthSelection['filters']>): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters))
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  return params;
}

/** Makes the conversations of some settings. Throws RangeError for settings that make none. */
export function makeUniverse(options: SimulatorOptions = {}): Universe {
  const nowMs = options.nowMs ?? Date.now;
  const endUnixSecs = options.endUnixSecs ?? Math.floor(nowMs() / 1000);
  const startUnixSecs = options.startUnixSecs ?? endUnixSecs - thirtyDaysSecs;
  const conversationCount = options.conversationCount ?? 1000;
  const agentCount = options.agentCount ?? 6;
  if (startUnixSecs > endUnixSecs)
    throw new RangeError(`startUnixSecs ${startUnixSecs} is after endUnixSecs ${endUnixSecs}.`);
  if (!Number.isInteger(conversationCount) || conversationCount < 0)
    throw new RangeError(`conversationCount must be a whole number from 0, not ${conversationCount}.`);
  if (!Number.isInteger(agentCount) || agentCount < 1)
    throw new RangeError(`agentCount must be a positive integer, not ${agentCount}.`);
  const world = makeWorld({
    seed: seedNumber(options.seed),
    agentCount,
    turnsPerConversation: options.turnsPerConversation ?? 20,
    hasOnlyChats: options.hasOnlyChats ?? false,
    conversationCount,
    startUnixSecs,
    endUnixSecs,
    tiedStarts: options.tiedStarts ?? { share: 0.1, size: 4 },
    nowMs,
  });
  const rowsForm = options.voiceableRows ?? 'documented';

  const existing = (conversationId: string) => {
    const index = world.ids.indexOf(conversationId);
    return index === null || index >= world.timeLine.count() ? null : index;
  };
  const visible = (conversationId: string) => {
    const index = existing(conversationId);
    return index === null || !isVisible(world, index) ? null : index;
  };
  const rowsOf = (index: number, dialect: Dialect) => {
    const call = callOf(world, outlineAt(world, index));
    if (dialect === 'elevenlabs') return trueRowsOf(call);
    const form: VoiceableForm = voiceableFormOf(index, rowsForm);
    return voiceableTrueRowsOf(call, form);
  };

  return {
    world,
    count: () => world.timeLine.count(),
    conversationIdAt: (index) => world.ids.idOf(index),
    indexOf: visible,
    truth: (conversationId, dialect = 'elevenlabs') => {
      const index = visible(conversationId);
      return index === null ? null : rowsOf(index, dialect);
    },
    truths: async function* (selection = {}) {
      const reader = makeQueryReader(paramsOf(selection.filters ?? {}));
      const filter = makeFilter(reader);
      if (reader.issues.length > 0) throw new RangeError(`The filters are not valid: ${JSON.stringify(reader.issues)}`);
      const range = indexRangeOf(world, selection.afterUnixSecs ?? null, selection.beforeUnixSecs ?? null, 'inclusive');
      for (const outline of select(world, range, false, filter)) {
        yield rowsOf(outline.index, selection.dialect ?? 'elevenlabs');
      }
    },
    detailText: (conversationId) => {
      const index = visible(conversationId);
      return index === null ? null : JSON.stringify(detailJson(callOf(world, outlineAt(world, index))));
    },
    addConversations: (count, range) => {
      const first = world.timeLine.count();
      const now = Math.floor(nowMs() / 1000);
      world.timeLine.append(count, range?.startUnixSecs ?? now, range?.endUnixSecs ?? now);
      return Array.from({ length: count }, (_, n) => world.ids.idOf(first + n));
    },
    trueEntities: () => trueEntitiesOf(world),
    updateAgent: (agentId, patch) => {
      if (!world.agents.some((agent) => agent.agentId === agentId))
        throw new RangeError(`There is no agent ${agentId}.`);
      world.agentPatches.set(agentId, { ...world.agentPatches.get(agentId), ...patch });
    },
    updateConversation: (conversationId, patch) => {
      const index = existing(conversationId);
      if (index === null) throw new RangeError(`There is no conversation ${conversationId}.`);
      world.patches.set(index, { ...world.patches.get(index), ...patch });
    },
  };
}
