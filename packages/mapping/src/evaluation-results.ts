import type { EvaluationResultRow } from './tables/children.ts';
import { keepOthers, mergeById } from './keyed-items.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { score } from './read/quantity.ts';
import type { JsonRecord, Readings } from './read/reading.ts';
import { identifier, text, word } from './read/text.ts';
import type { RowKey } from './row-key.ts';
import { successResults } from './vocabularies.ts';

const evaluationKeys: ReadonlySet<string> = new Set([
  'criteria_id',
  'name',
  'result',
  'rationale',
  'score',
  'max_score',
  'scoring_mode',
]);

/** A row a criterion judged, from the analysis's map, its list, and what the list row brought on request. */
export function evaluationRows(
  { reading, listing }: Readings,
  key: RowKey,
  analysis: JsonRecord,
  listed: JsonRecord,
): EvaluationResultRow[] {
  const places = [
    [reading, analysis['evaluation_criteria_results'], 'analysis.evaluation_criteria_results'],
    [reading, analysis['evaluation_criteria_results_list'], 'analysis.evaluation_criteria_results_list'],
    [listing, listed['evaluation_criteria_results'], 'conversations[].evaluation_criteria_results'],
  ] as const;
  return mergeById(places, 'criteria_id').map((judged) => {
    const { id, value, path, reading: from } = judged;
    const extra: Extra = { root: null };
    if (hasUnknown(value, evaluationKeys)) keepUnknown(from, extra, value, evaluationKeys, path, []);
    keepOthers(extra, judged);
    return {
      source_id: key.source_id,
      conversation_id: key.conversation_id,
      criteria_id: id,
      result: word(from, value['result'], `${path}.result`, successResults),
      rationale: text(from, value['rationale'], `${path}.rationale`),
      score: score(from, value['score'], `${path}.score`),
      max_score: score(from, value['max_score'], `${path}.max_score`),
      scoring_mode: identifier(from, value['scoring_mode'], `${path}.scoring_mode`),
      name: text(from, value['name'], `${path}.name`),
      extra: extraCell(from, extra, path),
    };
  });
}
