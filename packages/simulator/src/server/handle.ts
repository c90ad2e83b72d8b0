import { callOf, type Call } from '../model/call.ts';
import { isVisible, outlineAt } from '../model/outline.ts';
import type { World } from '../model/world.ts';
import { detailJson } from '../render/detail.ts';
import { rowJson } from '../render/row.ts';
import { voiceableFormOf, voiceableJson } from '../render/voiceable.ts';
import { audioBytes } from '../render/audio.ts';
import { entityAnswer } from './entities.ts';
import { jsonAnswer, problems, type Answer, type Complain } from './answer.ts';
import { listPage, type ListPage, type ListSettings } from './list-page.ts';
import { invalid } from './problem.ts';
import type { Route } from './route.ts';
import type { Settings } from './settings.ts';

/** What a request needs to be answered. */
export interface HandleContext {
  readonly world: World;
  readonly settings: Settings;
  readonly listSettings: () => Omit<ListSettings, 'summaryMode' | 'countsAll'>;
  /** The index of a conversation that exists and can be seen, else null. */
  readonly indexOf: (conversationId: string) => number | null;
  readonly requestId: string;
  readonly complain: Complain;
  readonly readBody: () => Promise<string>;
}

function rowOf(context: HandleContext, page: ListPage, outline: ListPage['outlines'][number]) {
  const row = rowJson(outline, page.withSummary);
  if (page.dataCollectionIds.length === 0 && page.evaluationCriteriaIds.length === 0) return row;
  const { analysis } = callOf(context.world, outline);
  const points = (analysis?.dataPoints ?? []).filter((point) => page.dataCollectionIds.includes(point.id));
  const evaluations = (analysis?.evaluations ?? []).filter((one) => page.evaluationCriteriaIds.includes(one.id));
  return {
    ...row,
    ...(page.dataCollectionIds.length === 0
      ? undefined
      : { data_collection_results: Object.fromEntries(points.map((point) => [point.id, point.value])) }),
    ...(page.evaluationCriteriaIds.length === 0
      ? undefined
      : {
          evaluation_criteria_results: Object.fromEntries(
            evaluations.map((one) => [one.id, { result: one.result, score: one.score, max_score: one.maxScore }]),
          ),
        }),
  };
}

function answerList(context: HandleContext, route: Route): Answer {
  const { world, settings } = context;
  const isProxy = route.dialect === 'voiceable';
  const page = listPage(world, new URLSearchParams(route.query), {
    ...context.listSettings(),
    summaryMode: isProxy ? 'include' : 'exclude',
    countsAll: isProxy,
  });
  if ('status' in page) {
    // The proxy documents 400 for every bad parameter.
    const problem = isProxy && page.status === 422 ? { ...page, status: 400, code: 'invalid_parameters' } : page;
    return context.complain(problem);
  }
  if (!isProxy)
    return jsonAnswer(200, {
      conversations: page.outlines.map((outline) => rowOf(context, page, outline)),
      next_cursor: page.nextCursor,
      has_more: page.hasMore,
    });
  return jsonAnswer(200, {
    status: { code: 200, message: 'Success' },
    data: page.outlines.map((outline) =>
      voiceableJson(callOf(world, outline), voiceableFormOf(outline.index, settings.voiceableRows), page.withSummary),
    ),
    total_count: page.totalCount,
    cursor: page.nextCursor ?? (settings.voiceableLastCursor && page.outlines.length > 0 ? 'eyJlbmQiOnRydWV9' : null),
    has_more: page.hasMore,
  });
}

function answerDetail(context: HandleContext, route: Route, call: Call): Answer {
  if (route.dialect === 'elevenlabs') return jsonAnswer(200, detailJson(call));
  const form = voiceableFormOf(call.outline.index, context.settings.voiceableRows);
  return jsonAnswer(200, { status: { code: 200, message: 'Success' }, data: voiceableJson(call, form, true) });
}

async function answerFeedback(context: HandleContext, index: number): Promise<Answer> {
  let feedback: unknown;
  try {
    const body: unknown = JSON.parse(await context.readBody());
    feedback = typeof body === 'object' && body !== null && 'feedback' in body ? body.feedback : undefined;
  } catch {
    feedback = undefined;
  }
  if (feedback !== 'like' && feedback !== 'dislike')
    return context.complain(
      invalid([{ loc: ['body', 'feedback'], msg: "Input should be 'like' or 'dislike'", type: 'enum' }]),
    );
  const likes = feedback === 'like' ? 1 : 0;
  const { world } = context;
  world.patches.set(index, {
    ...world.patches.get(index),
    feedback: { ...outlineAt(world, index).feedback, type: 'thumbs', score: feedback, likes, dislikes: 1 - likes },
  });
  return jsonAnswer(200, {});
}

/** Answers a request that the gate let in. */
export async function handle(context: HandleContext, route: Route): Promise<Answer> {
  const { world } = context;
  const { complain } = context;
  if (route.endpoint === 'list') return answerList(context, route);
  if (route.endpoint === 'entities') return entityAnswer(world, route, complain);
  if (route.endpoint === 'signed_url')
    return jsonAnswer(200, { signed_url: `wss://127.0.0.1/convai?conversation_signature=${context.requestId}` });
  if (route.endpoint === 'token') return jsonAnswer(200, { token: `token-${context.requestId}` });
  if (route.endpoint === 'unknown' || route.conversationId === null) return complain(problems.noSuchPath);
  const index = context.indexOf(route.conversationId);
  if (index === null || !isVisible(world, index)) return complain(problems.conversationNotFound);
  switch (route.endpoint) {
    case 'detail':
      return answerDetail(context, route, callOf(world, outlineAt(world, index)));
    case 'audio': {
      const call = callOf(world, outlineAt(world, index));
      return call.hasAudio
        ? { status: 200, contentType: 'audio/mpeg', body: audioBytes(world.seed, index) }
        : complain(problems.noAudio);
    }
    case 'delete':
      world.patches.set(index, { ...world.patches.get(index), isDeleted: true });
      return jsonAnswer(200, {});
    case 'feedback':
      return answerFeedback(context, index);
  }
}
