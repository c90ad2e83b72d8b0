import type { Call } from '../model/call.ts';
import { deletionSettingsJson, featuresUsageJson } from './blocks.ts';
import { voiceSurchargeOf } from '../model/newer-facts.ts';
import { chargingJson } from './charging.ts';

function phoneJson(call: Call) {
  const { phone } = call;
  if (phone === null) return null;
  const common = {
    type: phone.provider,
    direction: phone.direction,
    phone_number_id: phone.phoneNumberId,
    agent_number: phone.agentNumber,
    external_number: phone.externalNumber,
    call_result: phone.callResult,
    call_sid: phone.callSid,
  };
  if (phone.provider !== 'sip_trunking') return { ...common, stream_sid: phone.streamSid };
  return {
    ...common,
    call_id: `${phone.callSid}@sip.example.com`,
    sip_header_dynamic_variables: { 'x-queue': call.outline.agent.domain },
  };
}

function batchJson(call: Call) {
  const { batch } = call;
  if (batch === null) return null;
  return {
    batch_call_id: batch.batchCallId,
    batch_call_recipient_id: batch.recipientId,
    ...(batch.campaignId === null
      ? undefined
      : {
          campaign: {
            campaign_id: batch.campaignId,
            campaign_lead_id: batch.leadId,
            cold_attempt: batch.coldAttempt,
            conversation_type: batch.conversationType,
          },
        }),
  };
}

function messengersJson(call: Call) {
  const { whatsapp, sms, delivery, outline } = call;
  return {
    async_metadata:
      delivery === null
        ? null
        : {
            delivery_status: delivery.status,
            delivery_timestamp: delivery.atUnixSecs,
            delivery_error: delivery.error,
            external_system: delivery.system,
            external_id: delivery.externalId,
            retry_count: delivery.retryCount,
            last_retry_timestamp: delivery.retryCount === 0 ? null : delivery.atUnixSecs,
          },
    whatsapp:
      whatsapp === null
        ? null
        : {
            direction: outline.direction,
            whatsapp_user_id: whatsapp.userId,
            ...(outline.isLiveShape
              ? {
                  whatsapp_phone_number_id: whatsapp.phoneNumberId,
                  recipient: { phone: null, bsuid: `bs_${whatsapp.userId}` },
                }
              : { whatsapp_business_account_id: whatsapp.accountId }),
          },
    sms:
      sms === null
        ? null
        : {
            direction: outline.direction,
            phone_number_id: sms.phoneNumberId,
            sms_user_phone_number: sms.userNumber,
            agent_phone_number: sms.agentNumber,
          },
  };
}

/** `metadata` of the detail. */
export function metadataJson(call: Call) {
  const { outline } = call;
  const { feedback } = outline;
  return {
    start_time_unix_secs: outline.startUnixSecs,
    accepted_time_unix_secs: call.acceptedUnixSecs,
    call_duration_secs: outline.durationSecs,
    ...(call.queueWaitSecs === null ? undefined : { queue_wait_secs: call.queueWaitSecs }),
    cost: call.costCredits,
    cost_fiat: call.costNanoUsd === null ? null : call.costNanoUsd / 1e9,
    deletion_settings: deletionSettingsJson(call),
    feedback: {
      type: feedback.type,
      overall_score: feedback.score,
      likes: feedback.likes,
      dislikes: feedback.dislikes,
      rating: feedback.rating,
      comment: feedback.comment,
    },
    authorization_method: call.authorizationMethod,
    charging: { ...chargingJson(call.charging), voice_surcharge_charge: voiceSurchargeOf(call) ?? undefined },
    phone_call: phoneJson(call),
    batch_call: batchJson(call),
    termination_reason: outline.terminationReason,
    error: outline.failure === null ? null : { code: outline.failure.code, reason: outline.failure.reason },
    warnings: call.warnings,
    main_language: outline.language,
    rag_usage:
      call.ragUsageCount === 0 ? null : { usage_count: call.ragUsageCount, embedding_model: call.ragEmbeddingModel },
    text_only: outline.isTextOnly,
    features_usage: featuresUsageJson(call),
    eleven_assistant: { is_eleven_assistant: false },
    initiator_id: null,
    conversation_initiation_source: outline.initiationSource,
    conversation_initiation_source_version: outline.initiationSourceVersion,
    timezone: call.timeZone,
    ...(call.zendeskTicketId === null
      ? undefined
      : { initiation_trigger: { trigger_type: 'zendesk', ticket_id: call.zendeskTicketId } }),
    ...messengersJson(call),
    agent_created_from: outline.agent.createdFrom,
    agent_last_updated_from: outline.agent.updatedFrom,
    voice_rewards: outline.index % 50 === 49 ? [{ voice_id: outline.agent.voiceIds[0], reward_usd_cents: 0.03 }] : [],
  };
}
