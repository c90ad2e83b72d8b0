import type { Call } from '../model/call.ts';
import { voiceSurchargeOf } from '../model/newer-facts.ts';
import type { JsonObject } from '../model/types.ts';
import { configOverrideJson, deletionSettingsJson, dynamicVariablesJson, featuresUsageJson } from '../render/blocks.ts';
import { isoOf, type TrueRow } from './types.ts';

const usd = (nanoUsd: number | null | undefined) => (nanoUsd === null || nanoUsd === undefined ? null : nanoUsd / 1e9);

function identity(call: Call): TrueRow {
  const { outline } = call;
  const startMs = outline.startUnixSecs * 1000;
  return {
    conversation_id: outline.conversationId,
    agent_id: outline.agent.agentId,
    agent_name: outline.agent.name,
    branch_id: outline.branchId,
    version_id: outline.versionId,
    environment: 'production',
    product: 'agent',
    user_id: outline.userId,
    status: outline.phase,
    started_at: isoOf(startMs),
    accepted_at: call.acceptedUnixSecs === null ? null : isoOf(call.acceptedUnixSecs * 1000),
    ended_at: isoOf(startMs + outline.durationSecs * 1000),
    duration_secs: outline.durationSecs,
    queue_wait_secs: call.queueWaitSecs,
    message_count: call.turns.filter(({ message }) => message !== null).length,
    turn_count: call.turns.length,
    direction: outline.direction,
    initiation_source: outline.initiationSource,
    initiation_source_version: outline.initiationSourceVersion,
    authorization_method: call.authorizationMethod,
    main_language: outline.language,
    timezone: call.timeZone,
    text_only: outline.isTextOnly,
    termination_reason: outline.terminationReason,
    error_code: outline.failure?.code ?? null,
    error_reason: outline.failure?.reason ?? null,
    warnings: call.warnings,
  };
}

function judgement(call: Call): TrueRow {
  const { analysis } = call;
  const { feedback } = call.outline;
  return {
    // While there is no analysis, the list row still says `unknown`.
    call_successful: analysis?.success ?? 'unknown',
    success_score: analysis?.successScore ?? null,
    summary_title: analysis?.title ?? null,
    summary: analysis?.summary ?? null,
    sentiment_label: analysis?.sentiment?.label ?? null,
    sentiment_score: analysis?.sentiment?.score ?? null,
    frustration_score: analysis?.sentiment?.frustration ?? null,
    rating: feedback.rating,
    feedback_type: feedback.type,
    feedback_score: feedback.score,
    feedback_comment: feedback.comment,
    likes: feedback.likes,
    dislikes: feedback.dislikes,
  };
}

function cost(call: Call): TrueRow {
  const { charging } = call;
  return {
    cost_credits: call.costCredits,
    cost_usd: usd(call.costNanoUsd),
    voice_surcharge_credits: voiceSurchargeOf(call),
    llm_cost_usd: usd(charging?.llmNanoUsd),
    llm_credits: charging?.llmCredits ?? null,
    call_credits: charging?.callCredits ?? null,
    platform_cost_usd: usd(charging?.platformNanoUsd),
    platform_credits: charging?.platformCredits ?? null,
    pricing_tier: charging?.tier ?? null,
    // An uncharged call has an empty charging block, with these four at their zero.
    is_burst: charging?.isBurst ?? false,
    dev_discount: charging?.devDiscount ?? false,
    free_minutes_consumed: charging?.freeMinutes ?? 0,
    free_llm_usd_consumed: usd(charging?.freeLlmNanoUsd) ?? 0,
    tts_model: charging?.tts?.model ?? null,
    tts_characters: charging?.tts?.characters ?? null,
    tts_audio_secs: charging?.tts?.audioSecs ?? null,
    asr_model: charging?.asr?.model ?? null,
    asr_audio_secs: charging?.asr?.audioSecs ?? null,
  };
}

function reach(call: Call): TrueRow {
  const { phone, batch } = call;
  return {
    phone_provider: phone?.provider ?? null,
    phone_number_id: phone?.phoneNumberId ?? null,
    agent_number: phone?.agentNumber ?? null,
    external_number: phone?.externalNumber ?? null,
    call_sid: phone?.callSid ?? null,
    call_result: phone?.callResult ?? null,
    batch_call_id: batch?.batchCallId ?? null,
    batch_recipient_id: batch?.recipientId ?? null,
    campaign_id: batch?.campaignId ?? null,
    whatsapp_user_id: call.whatsapp?.userId ?? null,
  };
}

/** The row of `voxport.conversations`. */
export function trueConversation(call: Call): TrueRow {
  return {
    ...identity(call),
    ...judgement(call),
    ...cost(call),
    ...reach(call),
    rag_usage_count: call.ragUsageCount === 0 ? null : call.ragUsageCount,
    rag_embedding_model: call.ragEmbeddingModel,
    has_audio: call.hasAudio,
    has_user_audio: call.hasUserAudio,
    has_response_audio: call.hasResponseAudio,
    tag_ids: call.outline.tagIds,
    dynamic_variables: withoutHistory(dynamicVariablesJson(call)),
    config_override: configOverrideJson(call),
    features_usage: featuresUsageJson(call),
    deletion_settings: deletionSettingsJson(call),
  };
}

/** The warehouse keeps the dynamic variables less `system__conversation_history`, which repeats the transcript. */
function withoutHistory(variables: JsonObject): JsonObject {
  const { system__conversation_history: _, ...kept } = variables;
  return kept;
}
