import type { AgentEvaluationRow } from './tables/children.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { objectCell } from './read/json-cell.ts';
import { score } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { list, listItem } from './read/record.ts';
import { identifier, word } from './read/text.ts';
import type { RowKey } from './row-key.ts';
import { analysisScopes, successResults } from './vocabularies.ts';

const path = 'analysis.scoped[]';
const scopeKeys: ReadonlySet<string> = new Set([
  'scope',
  'source_agent_id',
  'source_branch_id',
  'successful',
  'success_score',
  'evaluation_criteria_results',
  'data_collection_results',
]);

/**
 * A row per item of `analysis.scoped`. An item that is no object gives a row of nulls, so that indexes stay the
 * payload's.
 */
export function agentEvaluationRows(reading: Reading, key: RowKey, analysis: JsonRecord): AgentEvaluationRow[] {
  return (list(reading, analysis['scoped'], 'analysis.scoped') ?? []).map((item, index) => {
    const scoped = listItem(reading, item, path);
    const extra: Extra = { root: null };
    if (hasUnknown(scoped, scopeKeys)) keepUnknown(reading, extra, scoped, scopeKeys, path, []);
    const [criteria, collected] = [scoped['evaluation_criteria_results'], scoped['data_collection_results']];
    return {
      source_id: key.source_id,
      conversation_id: key.conversation_id,
      scope_index: index,
      scope: word(reading, scoped['scope'], `${path}.scope`, analysisScopes),
      agent_id: identifier(reading, scoped['source_agent_id'], `${path}.source_agent_id`),
      branch_id: identifier(reading, scoped['source_branch_id'], `${path}.source_branch_id`),
      call_successful: word(reading, scoped['successful'], `${path}.successful`, successResults),
      success_score: score(reading, scoped['success_score'], `${path}.success_score`),
      evaluation_results: objectCell(reading, criteria, `${path}.evaluation_criteria_results`),
      data_collection_results: objectCell(reading, collected, `${path}.data_collection_results`),
      extra: extraCell(reading, extra, path),
    };
  });
}
