import { makeRedaction, redactionGroups } from '@voxport/domain';
import { expect, test } from 'vitest';
import { allPaths } from './all-paths.ts';
import { placeValue } from './place-value.ts';

const list = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

/**
 * Keys whose texts are nobody's words and name nobody, by what they are. Everything else that the sources document must
 * be covered by a group: a new path of theirs fails here until somebody has decided.
 */
const plainKeys: Readonly<Record<string, readonly string[]>> = {
  'ids that the platform gives to its own things': list(`
    agent_id batch_call_id branch_id campaign_id chunk_id config_snapshot_id conversation_id credential_id criteria_id data_collection_id
    document_id edge_id id integration_connection_id integration_id integration_trigger_id node_id phone_number_id procedure_ids request_id
    source_agent_id source_branch_id start_procedure_ids starting_workflow_node_id tag_ids target_node_id tool_id tool_request_id used_chunk_ids
    used_static_kb_document_ids version_id voice_id whatsapp_business_account_id whatsapp_phone_number_id workflow_node_id workspace_id`),
  'ids that a telephone provider gives to a call, by which its own record is found':
    list('call_id call_sid stream_sid'),
  'names that the account gives to its agents, tools, criteria and templates': list(`
    agent_name guardrail_name mocked_tool_names name template_name tool_name tool_names variable_name allowed_values_dynamic_variable dynamic_variable`),
  'what the account has set for data collection': list('constant_value description enum'),
  'words of a vocabulary': list(`
    agent_created_from agent_last_updated_from authorization_method call_quality call_result call_successful conversation_initiation_source
    conversation_initiation_source_version conversation_product conversation_type delivery_status direction environment error_code error_type
    execution_mode external_system fallback_strategy guardrail_type hiding_reason main_language method mocking_strategy outcome overall_label
    overall_score pricing_category result result_type role scope score scoring_mode source source_medium state status successful tier
    trigger_type type version`),
  models: list(`
    asr_model convai_asr_provider convai_tts_cascade convai_tts_model convai_tts_provider embedding_model llm_override primary_tts_model producing_llm`),
  times: list('created_at date duration timestamp timezone'),
  'the list itself': list('cursor next_cursor'),
};
/** Places without a documented form, whose documented or known parts are covered by their own keys, and numbers. */
const openForms = new Set([
  'metadata.charging.analysis.last_run',
  'metadata.charging.analysis.total',
  'metadata.sms',
  'metadata.voice_rewards[]',
  'transcript[].tool_results[].result.steps[].results[]',
]);

const marker = 'a caller said so';
const redaction = makeRedaction({
  rules: [{ action: 'mask', fields: redactionGroups, variables: [], paths: [] }],
  hash: null,
});

/** Whether something is left of a value at a path, where all groups apply: in a payload, and in a row of a list. */
function isLeft(path: string): boolean {
  const placed = placeValue(path, marker, 'any_key');
  const payload = redaction.payload(new TextEncoder().encode(JSON.stringify(placed)), 'conv_1');
  const rows = [placed['conversations'], placed['data']].flatMap((items) => (Array.isArray(items) ? items : []));
  const kept = rows.map((row) => redaction.row(row as Record<string, unknown>, 'conv_1'));
  const ofRow = rows.length > 0 ? JSON.stringify(kept) : '';
  return new TextDecoder().decode(payload).includes(marker) || ofRow.includes(marker);
}

const lastKey = (path: string): string =>
  path
    .split(/[.[\]{}]+/u)
    .filter((key) => key !== '')
    .at(-1) ?? '';

test('every documented path that can hold free text or an identity is covered by a redaction group', () => {
  const withText = allPaths.filter(({ type }) => /string|any|recursive/u.test(type));
  expect(withText.length).toBeGreaterThan(300);
  const plain = new Set(Object.values(plainKeys).flat());
  const left = withText.filter(({ path }) => isLeft(path)).map(({ path }) => path);
  expect(left.filter((path) => !plain.has(lastKey(path)) && !openForms.has(path))).toEqual([]);
  // What stands here for nothing any more goes.
  const keys = new Set(left.map(lastKey));
  expect([...plain].filter((key) => !keys.has(key))).toEqual([]);
  expect([...openForms].filter((path) => !left.includes(path))).toEqual([]);
});
