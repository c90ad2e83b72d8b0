import type { DataCollectionResultRow } from './tables/children.ts';
import { jsonType } from './json/json-type.ts';
import { isRawJson } from './json/raw-json.ts';
import { mergeById } from './keyed-items.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { jsonCell } from './read/json-cell.ts';
import type { JsonRecord, Readings } from './read/reading.ts';
import { text } from './read/text.ts';
import type { RowKey } from './row-key.ts';

const collectionKeys: ReadonlySet<string> = new Set([
  'data_collection_id',
  'name',
  'value',
  'json_schema',
  'rationale',
]);

/** A row a data point collected, from the analysis's map, its list, and what the list row brought on request. */
export function dataCollectionRows(
  { reading, listing }: Readings,
  key: RowKey,
  analysis: JsonRecord,
  listed: JsonRecord,
): DataCollectionResultRow[] {
  const places = [
    [reading, analysis['data_collection_results'], 'analysis.data_collection_results'],
    [reading, analysis['data_collection_results_list'], 'analysis.data_collection_results_list'],
    [listing, listed['data_collection_results'], 'conversations[].data_collection_results'],
  ] as const;
  return mergeById(places, 'data_collection_id').map(({ id, value: item, path, reading: from }) => {
    const extra: Extra = { root: null };
    if (hasUnknown(item, collectionKeys)) keepUnknown(from, extra, item, collectionKeys, path, []);
    const { value } = item;
    const cell = jsonCell(from, value, `${path}.value`);
    return {
      source_id: key.source_id,
      conversation_id: key.conversation_id,
      data_collection_id: id,
      name: text(from, item['name'], `${path}.name`),
      value: cell,
      value_text: typeof value === 'string' ? text(from, value, `${path}.value`) : cell,
      value_number: numberOf(value),
      value_boolean: typeof value === 'boolean' ? value : null,
      value_type: value === undefined ? null : jsonType(value),
      rationale: text(from, item['rationale'], `${path}.rationale`),
      json_schema: jsonCell(from, item['json_schema'], `${path}.json_schema`),
      extra: extraCell(from, extra, path),
    };
  });
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'number' ? value : isRawJson(value) ? Number(value.rawJSON) : Number.NaN;
  return Number.isFinite(number) ? number + 0 : null;
}
