import { makeRandom, mix, type Random } from '../random.ts';
import type { Agent } from './agents.ts';
import { drawPlan, type Plan, turnsOf, voicemailPlan, voicesOf } from './plan.ts';
import { chatReception, drawReception, type Reception } from './reception.ts';
import { scriptOf } from './scripts/index.ts';
import type { Beat, Opening, Script } from './scripts/script.ts';
import { drawSlots, type Slots } from './scripts/slots.ts';
import { specialBlocks } from './scripts/special-blocks.ts';
import { toolOf } from './tools/catalog.ts';
import type { Channel, Feedback, Language, Phase, Sentiment, Success } from './types.ts';
import type { World } from './world.ts';

/** The facts of a call that a list row or a filter needs: cheap, because a filter may pass over a million calls. */
export interface Outline {
  readonly index: number;
  readonly conversationId: string;
  readonly agent: Agent;
  readonly branchId: string;
  readonly versionId: string;
  readonly startUnixSecs: number;
  readonly durationSecs: number;
  /** The whole call's length in seconds, also while it still runs. */
  readonly fullDurationSecs: number;
  readonly phase: Phase;
  readonly channel: Channel;
  readonly direction: 'inbound' | 'outbound' | null;
  readonly initiationSource: string;
  readonly initiationSourceVersion: string | null;
  readonly callResult: string | null;
  readonly isBatch: boolean;
  readonly language: Language;
  readonly isTextOnly: boolean;
  readonly userId: string | null;
  readonly script: Script;
  readonly opening: Opening;
  readonly slots: Slots;
  readonly plan: Plan;
  readonly turnCount: number;
  readonly terminationReason: string;
  readonly failure: { readonly code: number; readonly reason: string | null } | null;
  readonly success: Success;
  readonly successScore: number | null;
  readonly sentiment: Sentiment | null;
  readonly feedback: Feedback;
  readonly tagIds: readonly string[];
  readonly topicId: string;
  readonly hasAnalysis: boolean;
  readonly analysisRevision: number;
  readonly hasCharging: boolean;
  readonly isTranscriptBlank: boolean;
  readonly isAudioDeleted: boolean;
  /**
   * Whether the payload has every key of live traffic, nulls included; the others have the documented model's keys, and
   * turns without the empty ones.
   */
  readonly isLiveShape: boolean;
}

const noFeedback: Feedback = { type: null, score: null, likes: 0, dislikes: 0, rating: null, comment: null };
const noTags: readonly string[] = [];
const comments = [
  'Very friendly and quick.',
  'I had to repeat myself.',
  'Solved in one call, great!',
  'Too slow for my taste.',
  'OK',
];
const failures = [
  { code: 1002, reason: 'The LLM provider did not answer in time' },
  { code: 1008, reason: 'Quota exceeded' },
  { code: 1011, reason: null },
] as const;

function drawFeedback(random: Random, success: Success): Feedback {
  const draw = random.next();
  const isGood = success === 'success';
  if (draw < 0.12)
    return {
      ...noFeedback,
      type: 'rating',
      rating: isGood ? random.int(3, 5) : random.int(1, 3),
      comment: draw < 0.06 ? random.pick(comments) : null,
    };
  if (draw < 0.2)
    return {
      ...noFeedback,
      type: 'thumbs',
      score: isGood ? 'like' : 'dislike',
      likes: isGood ? 1 : 0,
      dislikes: isGood ? 0 : 1,
    };
  return noFeedback;
}

function drawSentiment(random: Random, success: Success, turnCount: number): Sentiment | null {
  if (random.chance(0.3)) return null;
  const score = success === 'success' ? random.int(-10, 90) / 100 : random.int(-90, 20) / 100;
  const label = score > 0.25 ? 'positive' : score < -0.25 ? 'negative' : 'neutral';
  return {
    label,
    score,
    frustration: Math.max(0, random.int(0, 100) - random.int(0, 60)) / 100,
    scoredTurns: Math.floor(turnCount / 2),
  };
}

function drawTermination(random: Random, plan: Plan, reception: Reception): string {
  if (plan.at(-1)?.[1] === 'end_call') return 'end_call tool was called.';
  if (plan === voicemailPlan) return 'voicemail_detection tool was called.';
  if (plan.length === 0) return reception.callResult === null ? '' : `Call not connected: ${reception.callResult}`;
  return random.pick([
    'Client disconnected: 1000',
    'Client disconnected: 1005',
    'Call ended by remote party',
    'Silence timeout',
  ]);
}

/** About as many turns as a call has, and nothing but text in them. */
function planOfChat(world: World, random: Random, script: Script, opening: Opening): Plan {
  const turns = Math.round(world.turnsPerConversation * (0.75 + random.next() * 0.5));
  const plan: Beat[] = [];
  while (plan.length < turns) {
    const part = drawPlan(random, script, opening.user, turns, null);
    plan.push(...part.filter(([kind]) => kind !== 'tool'));
  }
  return plan.slice(0, turns);
}

function planOf(
  world: World,
  random: Random,
  reception: Reception,
  script: Script,
  opening: Opening,
  fails: boolean,
  index: number,
): Plan {
  if (world.hasOnlyChats) return planOfChat(world, random, script, opening);
  if (reception.callResult === 'voicemail') return voicemailPlan;
  if (reception.callResult !== null && reception.callResult !== 'answered') return [];
  const turns = Math.round(world.turnsPerConversation * (0.45 + random.next() * 0.55 + random.next() * 0.55));
  const special = index % 2 === 0 ? (index / 2) % specialBlocks.length : null;
  const plan = drawPlan(random, script, opening.user, turns, special);
  return fails ? plan.slice(0, random.int(0, 3)) : plan;
}

/** How far a call is, from the clock alone: a running call has no more than the clock allows. */
function phaseAt(secsSinceStart: number, durationSecs: number, fails: boolean): Phase {
  if (secsSinceStart < 2 && durationSecs > 0) return 'initiated';
  if (secsSinceStart < durationSecs) return 'in-progress';
  if (secsSinceStart < durationSecs + 30) return 'processing';
  return fails ? 'failed' : 'done';
}

/** Computes the outline of conversation `index`, as it is at this moment. */
export function outlineAt(world: World, index: number): Outline {
  const random = makeRandom(mix(mix(world.seed, 0x0e), index));
  const agent =
    world.agents[Math.floor(random.next() * random.next() * world.agents.length * 0.999)] ?? random.pick(world.agents);
  const reception = world.hasOnlyChats ? chatReception : drawReception(random);
  const language = random.chance(0.82) ? 'en' : random.pick<Language>(['de', 'es', 'fr', 'ja']);
  const script = scriptOf(agent.domain, language);
  const opening = random.pick(script.openings);
  const slots = drawSlots(random);
  const fails = random.chance(0.02);
  const plan = planOf(world, random, reception, script, opening, fails, index);
  const turnCount = turnsOf(plan);
  const fullDurationSecs =
    turnCount === 0 ? 0 : Math.round(turnCount * (reception.isTextOnly ? 9 : 5.2) + random.int(0, 20));
  const success = fails
    ? 'failure'
    : random.pick<Success>([
        'success',
        'success',
        'success',
        'success',
        'success',
        'success',
        'success',
        'failure',
        'failure',
        'unknown',
      ]);
  const terminationReason = fails ? 'Agent error' : drawTermination(random, plan, reception);
  const failure = random.pick(failures);
  const patch = world.patches.get(index);
  const startUnixSecs = world.timeLine.startOf(index);
  const secsSinceStart = Math.floor(world.nowMs() / 1000) - startUnixSecs;
  const phase = patch?.phase ?? phaseAt(secsSinceStart, fullDurationSecs, fails);
  const isOver = phase === 'done' || phase === 'failed';
  const durationSecs =
    isOver || phase === 'processing'
      ? fullDurationSecs
      : phase === 'initiated'
        ? 0
        : Math.min(fullDurationSecs, Math.max(0, secsSinceStart));
  const secsSinceEnd = secsSinceStart - fullDurationSecs;
  const analysisDelaySecs = random.chance(0.08) ? random.int(600, 7200) : 30;
  const successScore = random.chance(0.3)
    ? null
    : success === 'success'
      ? random.int(60, 100) / 100
      : random.int(0, 60) / 100;
  const sentiment = drawSentiment(random, success, turnCount);
  const feedback = drawFeedback(random, success);
  const tagIds = random.chance(0.25)
    ? [random.pick(world.tagIds), ...(random.chance(0.3) ? [random.pick(world.tagIds)] : [])]
    : noTags;
  return {
    index,
    conversationId: world.ids.idOf(index),
    agent,
    branchId: agent.branchIds[random.chance(0.8) ? 0 : 1],
    versionId: random.pick(agent.versionIds),
    startUnixSecs,
    durationSecs,
    fullDurationSecs,
    phase,
    channel: reception.channel,
    direction: reception.direction,
    initiationSource: reception.initiationSource,
    initiationSourceVersion: reception.initiationSourceVersion,
    callResult: reception.callResult,
    isBatch: reception.isBatch,
    language,
    isTextOnly: reception.isTextOnly,
    userId: random.chance(0.4) ? `user_${mix(world.seed, random.int(0, 4000)) % 100_000}` : null,
    script,
    opening,
    slots,
    plan,
    turnCount,
    terminationReason: isOver ? terminationReason : '',
    failure: fails && phase === 'failed' ? failure : null,
    success,
    successScore,
    sentiment,
    feedback: patch?.feedback ?? (isOver ? feedback : noFeedback),
    tagIds: patch?.tagIds ?? tagIds.filter((tag, i) => tagIds.indexOf(tag) === i),
    topicId: random.pick(world.topicIds),
    hasAnalysis:
      phase === 'done' &&
      (patch?.analysis === undefined
        ? secsSinceEnd >= analysisDelaySecs || patch?.phase === 'done'
        : patch.analysis === 'present'),
    analysisRevision: patch?.analysisRevision ?? 0,
    hasCharging: isOver && patch?.charging !== 'missing',
    isTranscriptBlank: patch?.isTranscriptBlank ?? false,
    isAudioDeleted: patch?.isAudioDeleted ?? false,
    isLiveShape: index % 4 === 0,
  };
}

/** True when the conversation can be seen at the source: not deleted, not hidden. */
export function isVisible(world: World, index: number): boolean {
  const patch = world.patches.get(index);
  return patch === undefined || !(patch.isDeleted === true || patch.isHidden === true);
}

/** The names of the tools that a call uses, in order of first use. */
export function toolNamesOf(outline: Outline): readonly string[] {
  const names: string[] = [];
  for (const beat of outline.plan) {
    if (beat[0] !== 'tool') continue;
    const { name } = toolOf(beat[1]);
    if (!names.includes(name)) names.push(name);
  }
  return names;
}

/** When turn `turnIndex` begins, in seconds from the call's start: turns are spread evenly over the call. */
export function turnStartSecs(outline: Pick<Outline, 'fullDurationSecs' | 'turnCount'>, turnIndex: number): number {
  return Math.floor((outline.fullDurationSecs * turnIndex) / Math.max(1, outline.turnCount));
}

/**
 * How many turns have been said so far; all of them once the call is over, also when the transcript was blanked later.
 */
export function reachedTurnsOf(outline: Outline): number {
  if (outline.phase === 'initiated') return 0;
  if (outline.phase !== 'in-progress') return outline.turnCount;
  let turns = 0;
  while (turns < outline.turnCount && turnStartSecs(outline, turns) < outline.durationSecs) turns += 1;
  return turns;
}

/** How many turns with a text have been said so far, by role: what the list calls messages. */
export function messagesOf(outline: Outline): { readonly user: number; readonly agent: number } {
  const spoken = voicesOf(outline.plan)
    .slice(0, reachedTurnsOf(outline))
    .filter(({ hasText }) => hasText);
  const user = spoken.filter(({ role }) => role === 'user').length;
  return { user, agent: spoken.length - user };
}
