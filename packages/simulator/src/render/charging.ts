import type { Charging } from '../model/types.ts';
import { usageJson } from './usage.ts';

const uncharged = {
  dev_discount: false,
  is_burst: false,
  tier: null,
  llm_usage: { irreversible_generation: { model_usage: {} }, initiated_generation: { model_usage: {} } },
  llm_price: null,
  llm_charge: null,
  call_charge: null,
  free_minutes_consumed: 0,
  free_llm_dollars_consumed: 0,
};

/** `metadata.charging`; before the call is charged, an empty shell as live traffic has it. */
export function chargingJson(charging: Charging | null) {
  if (charging === null) return uncharged;
  const { tts, asr } = charging;
  const analysisPrice = 0.00012;
  return {
    dev_discount: charging.devDiscount,
    is_burst: charging.isBurst,
    tier: charging.tier,
    llm_usage: {
      irreversible_generation: usageJson(charging.irreversible),
      initiated_generation: usageJson(charging.initiated),
    },
    llm_price: charging.llmNanoUsd / 1e9,
    llm_charge: charging.llmCredits,
    call_charge: charging.callCredits,
    platform_charge: charging.platformCredits,
    platform_usage: {
      category_usage: {
        voice_minutes: { credits: charging.platformCredits, price: charging.platformNanoUsd / 1e9, quantity: 1 },
      },
    },
    platform_price: charging.platformNanoUsd / 1e9,
    free_minutes_consumed: charging.freeMinutes,
    free_llm_dollars_consumed: charging.freeLlmNanoUsd / 1e9,
    tts_usage:
      tts === null
        ? null
        : {
            primary_tts_model: tts.model,
            total_audio_output_seconds: tts.audioSecs,
            total_characters: tts.characters,
            per_voice_usage: tts.voiceIds.map((voice_id) => ({
              voice_id,
              audio_output_seconds: tts.audioSecs / tts.voiceIds.length,
            })),
          },
    asr_usage:
      asr === null
        ? null
        : { asr_model: asr.model, total_transcription_calls: asr.calls, total_audio_input_seconds: asr.audioSecs },
    analysis: {
      total: {
        price: analysisPrice,
        charge: 1,
        runs: 1,
        price_per_feature: { evaluation: analysisPrice },
        charge_per_feature: { evaluation: 1 },
      },
      last_run: {
        price: analysisPrice,
        charge: 1,
        price_per_feature: { evaluation: analysisPrice },
        charge_per_feature: { evaluation: 1 },
      },
    },
  };
}
