import { normalKey } from './normal-key.ts';
import type { Step } from './path.ts';
import type { RedactionGroup } from './rules.ts';

/**
 * Fields of a group: paths, and whether they mean single values only (a key `transfer_to_number` also names a group of
 * switches).
 */
export interface FieldPattern {
  readonly steps: readonly Step[];
  readonly isScalar: boolean;
}

const deep: Step = { kind: 'deep' };
const set = (...keys: string[]): ReadonlySet<string> => new Set(keys);
/**
 * Of keys to redact: whoever spells one of them otherwise is not missed. Sets of exceptions stay exact, so that nobody
 * hides behind one.
 */
const normalSet = (...keys: string[]): ReadonlySet<string> => new Set(keys.map(normalKey));

/**
 * What people said and wrote, and what was written about it. Wherever a key of this name stands: the API grows, and a
 * new place must not leak.
 */
const messageKeys = normalSet(
  'message',
  'original_message',
  'multivoice_message',
  'content',
  'transcript_summary',
  'call_summary_title',
  'summary',
  'title',
  'rationale',
  'reasoning',
  'comment',
  'feedback_comment',
  'retrieval_query',
  'contextual_update_info',
  // Whoever ends a call may write why, in words.
  'termination_reason',
  'system__conversation_history',
  // Traces repeat prompts and answers.
  'otlp_traces',
  // A sentence of another system, of why it did not take a message.
  'delivery_error',
  // What a page or an app reports into the conversation.
  'platform_event',
);

/** By the normal spelling of a key. */
const phoneKey =
  /^(?:(?:system)?(?:callerid|callednumber|callernumber)|(?:external|agent|from|to|transfer|recipient|customer|user|contact|callback|phone|mobile|telephone|whatsapp|sms)number|mobile|msisdn|waid|whatsappuserid|(?!micro|head)[a-z]*phone(?:number)?)$/u;

/** WhatsApp's id of a message spells the number of its sender, in base64. */
const messageIdKeys = normalSet('wamid', 'last_processed_external_message_id');

const reportedPhoneKey = /^(?:from|to|caller|called|forwardedfrom|sipfrom|sipto)$/u;

const userIdKeys = normalSet(
  'user_id',
  'system__user_id',
  'external_user_id',
  'whatsapp_user_id',
  'bsuid',
  'user_identifier',
  'initiator_id',
  'system__initiator_id',
  'campaign_lead_id',
  'batch_call_recipient_id',
  // The same person, and what was written to them, in another system.
  'external_id',
  'external_link',
  'thread_id',
  'ticket_id',
  // Names of people, as telephone providers and messengers report them.
  'profile_name',
  'caller_name',
  'called_name',
  'customer_name',
  'contact_name',
);

/**
 * Variables that the platform sets and that tell of the call, not of a person. Every other one is redacted, those to
 * come included.
 */
const harmlessVariables = set(
  'system__agent_id',
  'system__agent_turns',
  'system__current_agent_turns',
  'system__current_subagent_turns',
  'system__current_agent_id',
  'system__conversation_id',
  'system__call_duration_secs',
  'system__time_utc',
  'system__time',
  'system__timezone',
  'system__is_text_only',
);

const toolKeys = normalSet('params_as_json', 'result_value', 'raw_error_message');
/** What tells which kind of tool it was, and nothing of what it was given. */
const toolKindKeys = set('type', 'method', 'name', 'webhook_details');

const keys = (fits: (key: string) => boolean): Step => ({ kind: 'keys', fits });
const key = (name: string): Step => ({ kind: 'key', key: name });
const anywhere = (names: ReadonlySet<string>): FieldPattern => ({
  steps: [deep, keys((name) => names.has(normalKey(name)))],
  isScalar: false,
});
const at = (...steps: Step[]): FieldPattern => ({ steps, isScalar: false });
const item: Step = { kind: 'item' };
const one: Step = { kind: 'one' };
const changedValue = keys((name) => normalSet('old_value', 'new_value').has(normalKey(name)));

/** What each group means. */
export const fieldGroups: { readonly [Group in RedactionGroup]: readonly FieldPattern[] } = {
  messages: [
    anywhere(messageKeys),
    at(deep, key('error'), key('reason')),
    at(deep, key('metadata'), key('warnings')),
    at(deep, key('transcript'), item, key('analysis')),
    // Of a turn only: `features_usage.file_input` is a switch.
    at(
      deep,
      key('transcript'),
      item,
      keys((name) => normalSet('file_input', 'file_inputs').has(normalKey(name))),
    ),
  ],
  phone_numbers: [
    { steps: [deep, keys((name) => phoneKey.test(normalKey(name)))], isScalar: true },
    { steps: [deep, keys((name) => messageIdKeys.has(normalKey(name)))], isScalar: true },
    // A provider's report of a call that failed to start.
    {
      steps: [deep, key('metadata'), key('body'), keys((name) => reportedPhoneKey.test(normalKey(name)))],
      isScalar: true,
    },
  ],
  user_ids: [{ steps: [deep, keys((name) => userIdKeys.has(normalKey(name)))], isScalar: true }],
  dynamic_variables: [
    at(
      deep,
      key('dynamic_variables'),
      keys((name) => !harmlessVariables.has(name)),
    ),
    at(deep, key('sip_header_dynamic_variables')),
    at(deep, key('dynamic_variable_updates'), item, changedValue),
  ],
  collected_data: [
    at(
      deep,
      keys((name) => normalSet('data_collection_results', 'data_collection_results_list').has(normalKey(name))),
      one,
      key('value'),
    ),
    // A list's rows give the bare value.
    {
      steps: [deep, keys((name) => normalKey(name) === normalKey('data_collection_results')), one],
      isScalar: true,
    },
    anywhere(normalSet('smb_metadata')),
  ],
  tools: [
    anywhere(toolKeys),
    at(
      deep,
      key('tool_details'),
      keys((name) => !toolKindKeys.has(name)),
    ),
    at(
      deep,
      key('tool_details'),
      key('webhook_details'),
      keys((name) => !toolKindKeys.has(name)),
    ),
    // A system tool's structured result; a workflow's holds steps, whose own calls and results are found by their keys.
    at(
      deep,
      key('tool_results'),
      item,
      key('result'),
      keys((name) => name !== 'steps' && name !== 'result_type'),
    ),
    at(
      deep,
      key('results'),
      item,
      key('result'),
      keys((name) => name !== 'steps' && name !== 'result_type'),
    ),
  ],
  overrides: [
    anywhere(normalSet('conversation_config_override', 'custom_llm_extra_body', 'realtime_config_snapshots')),
  ],
};

/** A variable by name, and the changes that tools made to it: the walk enters an update under the label `=name`. */
export function variablePatterns(name: string): readonly FieldPattern[] {
  return [
    at(deep, key('dynamic_variables'), key(name)),
    at(deep, key('dynamic_variable_updates'), item, key(`=${name}`), changedValue),
  ];
}

/**
 * Whose keys the walk must look into before it continues: a change of a variable names the variable beside its values.
 */
export const updatesKey = 'dynamic_variable_updates';
