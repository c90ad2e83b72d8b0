import type { Random } from '../random.ts';
import type { Outline } from './outline.ts';
import type { Dialogue } from './turns.ts';
import type { Charging } from './types.ts';
import { sumByModel, totalNanoUsd } from './usage.ts';

/** One credit, in billionths of a US dollar: enough to make plausible credits. */
const nanoUsdPerCredit = 100_000;

/**
 * Computes what a finished call was charged. The prices of `initiated` add up to `llmNanoUsd`; `irreversible` holds the
 * same generations, less those cut short.
 */
export function chargingOf(random: Random, outline: Outline, dialogue: Dialogue): Charging {
  const initiated = sumByModel(dialogue.generations);
  const cutShort = random.chance(0.2) && dialogue.generations.length > 1;
  const irreversible = sumByModel(cutShort ? dialogue.generations.slice(0, -1) : dialogue.generations);
  const llmNanoUsd = initiated.reduce((sum, usage) => sum + totalNanoUsd(usage), 0);
  const minutes = outline.fullDurationSecs / 60;
  const platformNanoUsd = Math.round(minutes * (outline.isTextOnly ? 3_000 : 80_000)) * 1000;
  const characters = outline.isTextOnly
    ? 0
    : dialogue.turns.reduce((sum, turn) => sum + (turn.role === 'agent' ? (turn.message?.length ?? 0) : 0), 0);
  const isFree = random.chance(0.1);
  return {
    tier: random.pick(['free', 'creator', 'pro', 'scale', 'business']),
    isBurst: random.chance(0.03),
    devDiscount: random.chance(0.1),
    initiated,
    irreversible,
    llmNanoUsd,
    llmCredits: Math.ceil(llmNanoUsd / nanoUsdPerCredit),
    callCredits: Math.round(minutes * (outline.isTextOnly ? 30 : 600)),
    platformNanoUsd,
    platformCredits: Math.round(platformNanoUsd / nanoUsdPerCredit),
    freeMinutes: isFree ? Math.round(minutes * 100) / 100 : 0,
    freeLlmNanoUsd: isFree ? llmNanoUsd : 0,
    tts: outline.isTextOnly
      ? null
      : {
          model: outline.agent.ttsModel,
          characters,
          audioSecs: characters / 16,
          voiceIds: random.chance(0.1) ? outline.agent.voiceIds : [outline.agent.voiceIds[0]],
        },
    asr: outline.isTextOnly
      ? null
      : {
          model: outline.agent.asrModel,
          calls: dialogue.turns.filter((turn) => turn.role === 'user').length,
          audioSecs: outline.fullDurationSecs * 0.375,
        },
  };
}
