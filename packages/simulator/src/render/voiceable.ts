import type { Call } from '../model/call.ts';

/** The two forms of a conversation that the proxy is known to give. */
export type VoiceableForm = 'documented' | 'observed';

const statusWords: Readonly<Record<string, string>> = { done: 'completed', 'in-progress': 'in_progress' };

/** The proxy's word for a status. */
export function voiceableStatus(call: Call): string {
  return statusWords[call.outline.phase] ?? call.outline.phase;
}

const iso = (unixSecs: number) => `${new Date(unixSecs * 1000).toISOString().slice(0, 19)}Z`;
const role = (turn: Call['turns'][number]) => (turn.role === 'agent' ? 'assistant' : 'user');

function documentedJson(call: Call, withSummary: boolean) {
  const { outline } = call;
  return {
    conversation_id: outline.conversationId,
    agent_id: outline.agent.agentId,
    agent_name: outline.agent.name,
    status: voiceableStatus(call),
    transcript: spoken(call).map((turn) => ({
      role: role(turn),
      content: turn.message,
      timestamp: iso(outline.startUnixSecs + turn.secs),
    })),
    metadata: {
      duration: outline.durationSecs,
      call_quality: outline.success === 'failure' ? 'fair' : 'good',
      ...(withSummary && call.analysis !== null ? { summary: call.analysis.summary } : undefined),
    },
    created_at: iso(outline.startUnixSecs),
  };
}

function observedJson(call: Call, withSummary: boolean) {
  const { outline } = call;
  const { durationSecs } = outline;
  const cents = Math.round((call.costNanoUsd ?? 0) / 1e7);
  return {
    id: outline.conversationId,
    agent_id: outline.agent.agentId,
    agent_name: outline.agent.name,
    status: voiceableStatus(call),
    date: iso(outline.startUnixSecs),
    duration: `${Math.floor(durationSecs / 60)}:${String(durationSecs % 60).padStart(2, '0')}`,
    transcript: spoken(call).map((turn) => ({ role: role(turn), message: turn.message, time_in_call_secs: turn.secs })),
    cost: { amount_cents: cents, amount_dollars: cents / 100 },
    outcome: outline.hasAnalysis ? outline.success : 'unknown',
    ...(withSummary && call.analysis !== null ? { summary: call.analysis.summary } : undefined),
  };
}

/** The turns with words: the proxy shows no tool use. */
export function spoken(call: Call): Call['turns'] {
  return call.turns.filter((turn) => turn.message !== null);
}

/** A conversation as the proxy gives it, in its list and, with everything else the same, as a detail. */
export function voiceableJson(call: Call, form: VoiceableForm, withSummary: boolean) {
  return form === 'documented' ? documentedJson(call, withSummary) : observedJson(call, withSummary);
}

/** Which form a conversation has under a setting: under `mixed` every third one is the observed form. */
export function voiceableFormOf(index: number, setting: VoiceableForm | 'mixed'): VoiceableForm {
  if (setting !== 'mixed') return setting;
  return index % 3 === 2 ? 'observed' : 'documented';
}
