import type { Random } from '../random.ts';
import { idText } from '../random.ts';
import { turnStartSecs, type Outline } from './outline.ts';
import { fill } from './scripts/slots.ts';
import { toolOf } from './tools/catalog.ts';
import type { ToolUse } from './tools/tool.ts';
import type { AgentRef, ModelUsage, Retrieval, Turn } from './types.ts';
import { drawUsage } from './usage.ts';

/**
 * The turns of a call, and every generation that was made for them: more than the turns themselves tell, because a
 * turn's usage is given only sometimes.
 */
export interface Dialogue {
  readonly turns: readonly Turn[];
  readonly generations: readonly ModelUsage[];
}

const documents = ['doc_terms', 'doc_prices', 'doc_faq', 'doc_returns', 'doc_hours'];
const files = [
  { name: 'invoice.pdf', mimeType: 'application/pdf' },
  { name: 'label.png', mimeType: 'image/png' },
] as const;
const guardrails = [
  { type: 'custom', name: 'No legal advice' },
  { type: 'profanity', name: null },
  { type: 'prompt_injection', name: null },
] as const;

function drawRetrieval(random: Random, query: string): Retrieval {
  const count = random.int(1, 4);
  return {
    query,
    embeddingModel: random.chance(0.8) ? 'e5_mistral_7b_instruct' : 'multilingual_e5_large_instruct',
    latencySecs: random.int(40_000, 600_000) / 1e6,
    chunks: Array.from({ length: count }, (_, n) => ({
      documentId: random.pick(documents),
      chunkId: `chunk_${idText(random.int(0, 1e9), 10)}`,
      distance: random.int(150_000, 900_000) / 1e6,
      isUsed: n === 0 || random.chance(0.4),
    })),
    tellsUse: random.chance(0.5),
  };
}

const micro = (random: Random, minMicros: number, maxMicros: number) => random.int(minMicros, maxMicros) / 1e6;

function agentMetrics(
  random: Random,
  isTextOnly: boolean,
  asrLatency: number | null,
  asksTool: boolean,
): Turn['metrics'] {
  const firstByte = micro(random, 180_000, 1_400_000);
  const sentence = firstByte + micro(random, 300, 120_000);
  const metrics: [string, number][] = [
    ['convai_llm_service_ttfb', firstByte],
    ['convai_llm_service_ttf_sentence', sentence],
    ['convai_llm_service_tt_last_sentence', sentence + micro(random, 0, 700_000)],
  ];
  if (asksTool) metrics.push(['convai_llm_tool_request_generation_latency', micro(random, 90_000, 900_000)]);
  if (!isTextOnly) {
    const tts = micro(random, 70_000, 320_000);
    metrics.push(['convai_tts_service_ttfb', tts]);
    if (asrLatency !== null)
      metrics.push(
        ['convai_turn_asr_latency', asrLatency],
        ['convai_turn_silence_before_initiation', micro(random, 10_000, 500_000)],
        ['convai_ttf_audio_since_silence', firstByte + tts + asrLatency],
      );
  }
  return metrics.map(([name, secs]) => [name, Math.round(secs * 1e6) / 1e6] as const);
}

/** Writes the dialogue of a call from its plan. `startMs` is the call's start in Unix milliseconds. */
export function writeDialogue(random: Random, outline: Outline, startMs: number): Dialogue {
  const { agent, slots } = outline;
  const turns: Turn[] = [];
  const generations: ModelUsage[] = [];
  const givesTurnIds = random.chance(0.3);
  const usesWorkflow = agent.hasWorkflow && random.chance(0.6);
  const refs: readonly AgentRef[] = [null, ...agent.nodeIds].map((workflowNodeId) => ({
    agentId: agent.agentId,
    // Outside the live shape a turn does not tell its branch and version.
    branchId: outline.isLiveShape ? outline.branchId : null,
    versionId: outline.isLiveShape ? outline.versionId : null,
    workflowNodeId,
  }));
  let node = usesWorkflow ? 1 : 0;
  let asrLatency: number | null = null;
  let eventId = 0;
  let query: string | null = null;

  const turnStart = () => turnStartSecs(outline, turns.length);
  const blank = (role: Turn['role']): Turn => ({
    id: givesTurnIds ? `turn_${idText(random.int(0, 2 ** 31), 12)}` : null,
    role,
    message: null,
    originalMessage: null,
    secs: turnStart(),
    interrupted: false,
    sourceMedium: null,
    agent: null,
    calls: [],
    results: [],
    feedback: null,
    llmOverride: null,
    producingLlm: null,
    metrics: null,
    retrieval: null,
    usage: null,
    multivoice: null,
    reasoning: null,
    guardrails: null,
    platformEvent: null,
    file: null,
    contextId: null,
    staticDocumentIds: [],
    eventId,
  });

  const userSays = (text: string) => {
    eventId += 1;
    const draw = random.next();
    asrLatency = outline.isTextOnly ? null : micro(random, 30_000, 420_000);
    query = text;
    turns.push({
      ...blank('user'),
      message: text,
      sourceMedium: outline.isTextOnly
        ? draw < 0.03
          ? 'file'
          : 'text'
        : draw < 0.02
          ? 'dtmf'
          : draw < 0.04
            ? null
            : 'audio',
      metrics: asrLatency === null ? null : [['convai_asr_trailing_service_latency', asrLatency]],
      file:
        outline.isTextOnly && draw < 0.03
          ? { id: `file_${idText(random.int(0, 1e9), 10)}`, ...random.pick(files) }
          : null,
      contextId: draw > 0.98 ? `ctx_${idText(random.int(0, 1e9), 8)}` : null,
    });
  };

  const agentSays = (text: string | null, use: ToolUse | null, part: 'call' | 'result' | null) => {
    const draw = random.next();
    const isLong = text !== null && text.length > 60;
    const interrupted = isLong && random.chance(0.05) && !outline.isTextOnly;
    const model = random.chance(0.1) ? agent.fallbackModel : agent.model;
    const base = blank('agent');
    const generation =
      text === null && part !== 'call' ? null : drawUsage(random, model, turns.length, text?.length ?? 20);
    if (generation !== null) generations.push(generation);
    const isMultivoice = draw > 0.97 && isLong && text !== null;
    turns.push({
      ...base,
      message: interrupted ? `${text.slice(0, 40)}...` : text,
      originalMessage: interrupted ? text : null,
      interrupted,
      agent: refs[node] ?? null,
      calls: use !== null && part === 'call' ? [use.call] : [],
      results: use !== null && part === 'result' ? [use.result] : [],
      feedback: draw < 0.03 ? { score: draw < 0.02 ? 'like' : 'dislike', secs: base.secs + 1 } : null,
      llmOverride: draw > 0.03 && draw < 0.05 ? agent.fallbackModel.name : null,
      producingLlm: generation !== null && draw < 0.7 ? generation.model : null,
      metrics:
        generation === null || !random.chance(0.6)
          ? null
          : agentMetrics(random, outline.isTextOnly, asrLatency, part === 'call'),
      retrieval: query !== null && part === null && random.chance(0.18) ? drawRetrieval(random, query) : null,
      usage: generation !== null && random.chance(outline.isLiveShape ? 0.7 : 0.2) ? [generation] : null,
      multivoice: isMultivoice
        ? [
            { text: text.slice(0, 30), voice: 'narrator', secs: base.secs },
            { text: text.slice(30), voice: null, secs: null },
          ]
        : null,
      reasoning: draw > 0.9 && draw < 0.94 ? [{ summary: 'The caller wants a clear date, so name it first.' }] : null,
      guardrails: draw > 0.95 && draw < 0.96 ? [random.pick(guardrails)] : null,
      platformEvent: draw > 0.945 && draw < 0.95 ? 'user_turn_timeout' : null,
      staticDocumentIds: draw > 0.88 && draw < 0.9 ? [random.pick(documents)] : [],
    });
    asrLatency = null;
    query = null;
  };

  for (const beat of outline.plan) {
    if (beat[0] === 'user') {
      // `beat` is the kind followed by its variants.
      userSays(fill(beat[random.int(1, beat.length - 1)] ?? beat[1] ?? '', slots));
    } else if (beat[0] === 'agent') {
      agentSays(fill(beat[random.int(1, beat.length - 1)] ?? beat[1] ?? '', slots), null, null);
    } else {
      const [, key, before, after] = beat;
      const use = toolOf(key).use({
        random,
        slots,
        agent,
        conversationId: outline.conversationId,
        atMs: startMs + turnStart() * 1000,
        fails: random.chance(0.06),
      });
      agentSays(before === null ? null : fill(before, slots), use, 'call');
      if (key.startsWith('notify_condition')) node = Math.min(4, node + 1);
      agentSays(after === '' ? null : fill(after, slots), use, 'result');
    }
  }
  return { turns, generations };
}
