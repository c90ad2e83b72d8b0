import type { Call } from './call.ts';
import type { Turn } from './types.ts';

/** Unix milliseconds of a turn, where the call is of a shape that tells them; null where it only has seconds. */
export function createdAtMs(call: Call, turn: Turn, index: number): number | null {
  const { isLiveShape, startUnixSecs } = call.outline;
  return isLiveShape ? (startUnixSecs + turn.secs) * 1000 + ((index * 137) % 1000) : null;
}

/**
 * Credits for the voice, which the cost does not contain; null where the call was not charged or its voice has no
 * surcharge.
 */
export function voiceSurchargeOf(call: Call): number | null {
  const credits = call.charging?.callCredits ?? 0;
  return call.outline.index % 4 === 1 && credits > 0 ? Math.ceil(credits / 10) : null;
}

/** The voice of a turn, where the call is of a shape that tells it. */
export function voiceOf(call: Call, turn: Turn): string | null {
  const { agent, isLiveShape, isTextOnly } = call.outline;
  return isLiveShape && turn.role === 'agent' && !isTextOnly ? (agent.voiceIds[0] ?? null) : null;
}

/** The tool in the catalogue of the workspace: a system tool's id says its name. */
export function toolIdOf(tool: { readonly name: string; readonly type: string | null }): string {
  return tool.type === 'system' ? `__system_${tool.name}` : `tool_${tool.name}`;
}

/** How a guardrail was judged: a classifier's has a score, a custom one's a rationale. */
export function guardrailJudgement(type: string) {
  return type === 'custom'
    ? { judged: 'llm', score: null, threshold: null, rationale: 'The answer gives legal advice.' }
    : { judged: 'classifier', score: 0.92, threshold: 0.8, rationale: null };
}
