import type { Call } from '../model/call.ts';
import type { JsonObject } from '../model/types.ts';

/*
 * Blocks that the warehouse keeps as they come (jsonb): the wire form and the truth share them, because the rule there
 * is "as received".
 */

/** `metadata.deletion_settings`. */
export function deletionSettingsJson(call: Call): JsonObject {
  const { isTranscriptBlank, isAudioDeleted, startUnixSecs } = call.outline;
  const deletedAt = startUnixSecs + 86_400;
  return {
    deletion_time_unix_secs: call.deletionTimeUnixSecs,
    deleted_logs_at_time_unix_secs: null,
    deleted_audio_at_time_unix_secs: isAudioDeleted ? deletedAt : null,
    deleted_transcript_at_time_unix_secs: isTranscriptBlank ? deletedAt : null,
    delete_transcript_and_pii: isTranscriptBlank,
    delete_audio: isAudioDeleted,
  };
}

const unused = { enabled: false, used: false };
const enabled = { enabled: true, used: false };
const inUse = { enabled: true, used: true };

/** `metadata.features_usage`. */
export function featuresUsageJson(call: Call): JsonObject {
  const { outline } = call;
  const uses = (name: string) => outline.plan.some((beat) => beat[0] === 'tool' && beat[1].startsWith(name));
  const workflow = outline.agent.hasWorkflow;
  return {
    language_detection: uses('language_detection') ? inUse : unused,
    transfer_to_agent: uses('transfer_to_agent') ? inUse : unused,
    transfer_to_number: uses('transfer_to_number') ? inUse : unused,
    multivoice: call.turns.some((turn) => turn.multivoice !== null) ? inUse : unused,
    dtmf_tones: uses('play_dtmf') ? inUse : unused,
    external_mcp_servers: uses('kb_search') || uses('find_patient') || uses('crm_update') ? inUse : unused,
    pii_zrm_workspace: false,
    pii_zrm_agent: false,
    tool_dynamic_variable_updates: enabled,
    is_livekit: call.authorizationMethod === 'livekit_token',
    voicemail_detection: outline.callResult === 'voicemail' ? inUse : unused,
    dtmf_input: unused,
    workflow: {
      enabled: workflow,
      tool_node: workflow ? enabled : unused,
      standalone_agent_node: unused,
      phone_number_node: unused,
      end_node: workflow ? enabled : unused,
    },
    agent_testing: { enabled: false, tests_ran_after_last_modification: false, tests_ran_in_last_7_days: false },
    versioning: enabled,
    file_input: enabled,
  };
}

const noOverride: JsonObject = { asr: null, turn: null, tts: null, conversation: null, agent: null };

/** `conversation_initiation_client_data.conversation_config_override`. */
export function configOverrideJson(call: Call): JsonObject {
  if (!call.overridesLanguage) return noOverride;
  return {
    ...noOverride,
    tts: { voice_id: call.outline.agent.voiceIds[1], stability: 0.5, speed: null, similarity_boost: null },
    agent: { first_message: null, language: call.outline.language, prompt: null },
  };
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

const two = (number: number) => String(number).padStart(2, '0');

/** A time as a live call spells it: `Wednesday, 21:26 24 June 2026`. By hand: Intl costs twenty times as much. */
function longTime(date: Date): string {
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return `${weekdays[date.getUTCDay()]}, ${time} ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** What the caller's side passed in. */
function customVariables(call: Call): JsonObject {
  if (call.batch === null) return {};
  const { slots, index } = call.outline;
  return { customer_name: slots.name, open_amount: slots.amountCents / 100, is_vip: index % 7 === 0 };
}

function plainVariables(call: Call): JsonObject {
  return {
    system__agent_id: call.outline.agent.agentId,
    system__conversation_id: call.outline.conversationId,
    system__caller_id: call.callerNumber,
    system__call_duration_secs: call.outline.durationSecs,
    ...customVariables(call),
  };
}

/** `conversation_initiation_client_data.dynamic_variables`, in the live shape with the transcript repeated. */
export function dynamicVariablesJson(call: Call): JsonObject {
  const { outline, turns, phone } = call;
  if (!outline.isLiveShape) return plainVariables(call);
  const endMs = (outline.startUnixSecs + outline.durationSecs) * 1000;
  const agentTurns = turns.filter((turn) => turn.role === 'agent').length;
  const entries = turns.flatMap((turn) => (turn.message === null ? [] : [{ role: turn.role, message: turn.message }]));
  return {
    system__agent_id: outline.agent.agentId,
    system__agent_turns: agentTurns,
    system__current_agent_turns: agentTurns,
    system__current_subagent_turns: agentTurns,
    system__current_agent_id: outline.agent.agentId,
    system__conversation_id: outline.conversationId,
    system__call_duration_secs: outline.durationSecs,
    system__time_utc: `${new Date(endMs).toISOString().slice(0, -1)}000+00:00`,
    system__time: longTime(new Date(endMs)),
    system__timezone: call.timeZone,
    system__is_text_only: outline.isTextOnly,
    system__caller_id: call.callerNumber,
    system__called_number: phone?.agentNumber ?? null,
    system__call_sid: phone?.callSid ?? null,
    system__conversation_history: JSON.stringify({ 'x-elevenlabs-history': true, entries }),
    system__user_id: outline.userId,
    system__initiator_id: null,
    ...customVariables(call),
  };
}

/** The top-level or scoped sentiment object, as the row and the analysis show it. */
export function sentimentJson(outline: Call['outline']) {
  const { sentiment } = outline;
  if (sentiment === null) return null;
  return {
    overall_label: sentiment.label,
    overall_sentiment_score: sentiment.score,
    overall_frustration_score: sentiment.frustration,
    min_user_sentiment_score: Math.round((sentiment.score - 0.2) * 100) / 100,
    max_user_frustration_score: sentiment.frustration,
    num_scored_user_turns: sentiment.scoredTurns,
  };
}
