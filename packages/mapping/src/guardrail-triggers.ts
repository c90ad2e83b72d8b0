import type { GuardrailTriggerRow } from './tables/children.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { score } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { list, listItem, record } from './read/record.ts';
import { identifier, text, word } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';
import { guardrailJudges, guardrailModes } from './vocabularies.ts';

const path = 'transcript[].triggered_guardrails[]';
const triggerKeys: ReadonlySet<string> = new Set([
  'guardrail_type',
  'guardrail_name',
  'execution_mode',
  'guardrail_details',
]);
const detailKeys: ReadonlySet<string> = new Set(['type', 'rationale', 'score', 'threshold']);
const nothing: JsonRecord = {};

/**
 * Adds a row per item of a turn's `triggered_guardrails`. An item that is no object gives a row of nulls, so that
 * indexes stay the payload's.
 */
export function addGuardrailTriggers(
  reading: Reading,
  rows: GuardrailTriggerRow[],
  turn: TurnPlace,
  value: unknown,
): void {
  for (const [index, item] of (list(reading, value, 'transcript[].triggered_guardrails') ?? []).entries()) {
    const trigger = listItem(reading, item, path);
    const details = record(reading, trigger['guardrail_details'], `${path}.guardrail_details`) ?? nothing;
    const extra: Extra = { root: null };
    if (hasUnknown(trigger, triggerKeys)) keepUnknown(reading, extra, trigger, triggerKeys, path, []);
    if (hasUnknown(details, detailKeys))
      keepUnknown(reading, extra, details, detailKeys, `${path}.guardrail_details`, ['guardrail_details']);
    rows.push({
      source_id: turn.source_id,
      conversation_id: turn.conversation_id,
      turn_index: turn.turn_index,
      trigger_index: index,
      guardrail_type: identifier(reading, trigger['guardrail_type'], `${path}.guardrail_type`),
      guardrail_name: identifier(reading, trigger['guardrail_name'], `${path}.guardrail_name`),
      execution_mode: word(reading, trigger['execution_mode'], `${path}.execution_mode`, guardrailModes),
      judged_by: word(reading, details['type'], `${path}.guardrail_details.type`, guardrailJudges),
      score: score(reading, details['score'], `${path}.guardrail_details.score`),
      threshold: score(reading, details['threshold'], `${path}.guardrail_details.threshold`),
      rationale: text(reading, details['rationale'], `${path}.guardrail_details.rationale`),
      extra: extraCell(reading, extra, path),
    });
  }
}
