import { mix, vendorId } from '../random.ts';
import { makeAgents, type Agent } from './agents.ts';
import type { AgentPatch } from './entities.ts';
import { makeConversationIds, type ConversationIds } from './conversation-id.ts';
import { makeTimeLine, type TiedStarts, type TimeLine } from './time-line.ts';
import type { Feedback, Phase } from './types.ts';

/** What happened to one conversation after the seed made it. Only changed conversations take memory. */
export interface ConversationPatch {
  /** DELETE at the source: gone from lists, its detail is a 404. */
  readonly isDeleted?: boolean;
  /** Not visible yet (redaction still runs); switch it off again and the call appears late with its old start. */
  readonly isHidden?: boolean;
  /** Retention emptied the transcript. */
  readonly isTranscriptBlank?: boolean;
  /** Retention removed the audio. */
  readonly isAudioDeleted?: boolean;
  /** Holds the call in a state, whatever the clock says. */
  readonly phase?: Phase;
  /** `missing` takes the analysis away (late analysis), `present` brings it at once. */
  readonly analysis?: 'missing' | 'present';
  /** Another number gives another analysis: a re-run. */
  readonly analysisRevision?: number;
  /** `missing` takes prices and credits away (late charging), `present` brings them at once. */
  readonly charging?: 'missing' | 'present';
  readonly feedback?: Feedback;
  readonly tagIds?: readonly string[];
}

/** Everything that decides what the conversations are. */
export interface World {
  readonly seed: number;
  readonly agents: readonly Agent[];
  readonly ids: ConversationIds;
  readonly timeLine: TimeLine;
  readonly turnsPerConversation: number;
  /** No telephone, no tools: plain chats, at two thirds of the size. */
  readonly hasOnlyChats: boolean;
  readonly tagIds: readonly string[];
  readonly topicIds: readonly string[];
  readonly patches: Map<number, ConversationPatch>;
  /** By the agent's id. */
  readonly agentPatches: Map<string, AgentPatch>;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** What `makeWorld` needs to know. */
export interface WorldOptions {
  readonly seed: number;
  readonly agentCount: number;
  readonly turnsPerConversation: number;
  readonly hasOnlyChats: boolean;
  readonly conversationCount: number;
  readonly startUnixSecs: number;
  readonly endUnixSecs: number;
  readonly tiedStarts: TiedStarts;
  readonly nowMs: () => number;
}

/** Makes a world: its agents and the run of its first calls. */
export function makeWorld(options: WorldOptions): World {
  const { seed } = options;
  const timeLine = makeTimeLine(seed, options.tiedStarts);
  timeLine.append(options.conversationCount, options.startUnixSecs, options.endUnixSecs);
  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => vendorId(prefix, mix(mix(seed, prefix.length), n)));
  return {
    seed,
    agents: makeAgents(seed, options.agentCount),
    ids: makeConversationIds(seed),
    timeLine,
    turnsPerConversation: options.turnsPerConversation,
    hasOnlyChats: options.hasOnlyChats,
    tagIds: ids('tag', 8),
    topicIds: ids('topic', 6),
    patches: new Map(),
    agentPatches: new Map(),
    nowMs: options.nowMs,
  };
}
