import { expect, test } from 'vitest';
import { makeUniverse } from '../universe.ts';

const options = { seed: 3, conversationCount: 200, startUnixSecs: 1_700_000_000, endUnixSecs: 1_700_600_000 };

/** The keys of a recorded live detail, by where they stand. */
const liveKeys = {
  '': 'agent_id agent_name conversation_product status user_id branch_id version_id metadata analysis visited_agents conversation_initiation_client_data environment hiding_reason smb_metadata conversation_id has_audio has_user_audio has_response_audio transcript tag_ids realtime_config_snapshots otlp_traces',
  metadata:
    'start_time_unix_secs accepted_time_unix_secs call_duration_secs cost deletion_settings feedback authorization_method charging phone_call batch_call termination_reason error warnings main_language rag_usage text_only features_usage eleven_assistant initiator_id conversation_initiation_source conversation_initiation_source_version timezone async_metadata whatsapp sms agent_created_from agent_last_updated_from voice_rewards',
  'metadata.charging':
    'dev_discount is_burst tier llm_usage llm_price llm_charge call_charge free_minutes_consumed free_llm_dollars_consumed tts_usage asr_usage',
  'metadata.features_usage':
    'language_detection transfer_to_agent transfer_to_number multivoice dtmf_tones external_mcp_servers pii_zrm_workspace pii_zrm_agent tool_dynamic_variable_updates is_livekit voicemail_detection dtmf_input workflow agent_testing versioning file_input',
  'metadata.deletion_settings':
    'deletion_time_unix_secs deleted_logs_at_time_unix_secs deleted_audio_at_time_unix_secs deleted_transcript_at_time_unix_secs delete_transcript_and_pii delete_audio',
  analysis:
    'evaluation_criteria_results data_collection_results evaluation_criteria_results_list data_collection_results_list call_successful transcript_summary call_summary_title scoped sentiment_analysis',
  conversation_initiation_client_data:
    'conversation_config_override custom_llm_extra_body user_id source_info branch_id environment starting_workflow_node_id dynamic_variables tool_mock_config',
  'conversation_initiation_client_data.dynamic_variables':
    'system__agent_id system__agent_turns system__current_agent_turns system__current_subagent_turns system__current_agent_id system__conversation_id system__call_duration_secs system__time_utc system__time system__timezone system__is_text_only system__caller_id system__called_number system__call_sid system__conversation_history system__user_id system__initiator_id',
  'transcript.0':
    'role agent_metadata message multivoice_message tool_calls tool_results feedback llm_override time_in_call_secs conversation_turn_metrics rag_retrieval_info llm_usage interrupted original_message source_medium source_event_id used_static_kb_document_ids analysis user_identifier file_input contextual_update_info config_snapshot_id',
} as const;

function at(value: unknown, path: string): Record<string, unknown> {
  let found: unknown = value;
  for (const part of path === '' ? [] : path.split('.')) found = (found as Record<string, unknown>)[part];
  return found as Record<string, unknown>;
}

test('a conversation in the live shape has every key of recorded traffic, explicit nulls included', () => {
  const universe = makeUniverse(options);
  const texts = Array.from({ length: 50 }, (_, n) => universe.detailText(universe.conversationIdAt(n * 4)) ?? '');
  const voice = texts
    .map((text): unknown => JSON.parse(text))
    .find((detail) => at(at(detail, 'metadata'), 'charging')['tts_usage'] !== null);
  for (const [path, keys] of Object.entries(liveKeys))
    expect(Object.keys(at(voice, path)), path === '' ? 'top level' : path).toEqual(
      expect.arrayContaining(keys.split(' ')),
    );
  expect(at(voice, 'transcript.0')).toHaveProperty('config_snapshot_id', null);
});

test('same seed, same bytes; another seed, other bytes', () => {
  const [a, b] = [makeUniverse(options), makeUniverse(options)];
  const other = makeUniverse({ ...options, seed: 4 });
  for (let index = 0; index < 200; index += 1) {
    const id = a.conversationIdAt(index);
    expect(b.conversationIdAt(index)).toBe(id);
    expect(b.detailText(id)).toBe(a.detailText(id));
    expect(other.conversationIdAt(index)).not.toBe(id);
  }
});

test('a conversation does not depend on how many others there are', () => {
  const few = makeUniverse({ ...options, tiedStarts: { share: 0, size: 1 } });
  const many = makeUniverse({ ...options, conversationCount: 400, tiedStarts: { share: 0, size: 1 } });
  const id = few.conversationIdAt(8);
  const transcriptOf = (text: string | null) =>
    at(JSON.parse(text ?? '{}'), 'transcript') as unknown as { message: string }[];
  expect(transcriptOf(many.detailText(id)).map((turn) => turn.message)).toEqual(
    transcriptOf(few.detailText(id)).map((turn) => turn.message),
  );
});

test('a call-level list says what its map says', () => {
  const universe = makeUniverse(options);
  for (let index = 0; index < 200; index += 4) {
    const { analysis } = JSON.parse(universe.detailText(universe.conversationIdAt(index)) ?? '{}') as {
      analysis: Record<string, unknown> | null;
    };
    if (analysis === null) continue;
    expect(analysis['evaluation_criteria_results_list']).toEqual(
      Object.values(at(analysis, 'evaluation_criteria_results')),
    );
    expect(analysis['data_collection_results_list']).toEqual(Object.values(at(analysis, 'data_collection_results')));
  }
});
