import type { Simulator } from '@voxport/simulator';

/**
 * Keys below which everything that a source sends is personal, or a secret. Written down here once more, and not taken
 * from the product.
 */
const personalKeys = new Set(
  `user_id external_number agent_number whatsapp_user_id sms_user_phone_number agent_phone_number comment transcript_summary call_summary_title
   rationale value message original_message multivoice_message retrieval_query params_as_json body query_params path_params result_value
   raw_error_message old_value new_value customer_name system__caller_id system__called_number system__user_id system__conversation_history
   headers`.split(/\s+/u),
);

/**
 * Words of the API and of the tools (`unknown`, `lookup_order`), and what only repeats the kind of a result, tell
 * nothing of anybody.
 */
const isWord = (text: string): boolean => /^[a-z_]+$/u.test(text) || /^\{"result_type":"\w+"\}$/u.test(text);

/**
 * Every text of a simulator's details that must not be stored where all rules apply. Shorter ones are left out: a `yes`
 * stands anywhere by chance.
 */
export function personalValues(simulator: Simulator): Set<string> {
  const found = new Set<string>();
  function walk(value: unknown, key: string, isPersonal: boolean): void {
    if (typeof value === 'string') {
      const isLabel = key === 'voice_label' || value.startsWith('application/');
      if (isPersonal && !isLabel && !isWord(value) && value.length >= 7) found.add(value);
    } else if (Array.isArray(value)) {
      for (const item of value) walk(item, key, isPersonal);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) walk(item, name, isPersonal || personalKeys.has(name));
    }
  }
  for (let index = 0; index < simulator.count(); index += 1) {
    walk(JSON.parse(simulator.detailText(simulator.conversationIdAt(index)) ?? 'null'), '', false);
  }
  return found;
}
