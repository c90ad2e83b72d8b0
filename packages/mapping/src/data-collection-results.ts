import type { DataCollectionResultRow } from './tables/children.ts';
import { jsonType } from './json/json-type.ts';
import { isRawJson } from './json/raw-json.ts';
import { keepOthers, mergeById } from './keyed-items.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { jsonCell, objectCell } from './read/json-cell.ts';
import { decimalText } from './read/number.ts';
import type { JsonRecord, Reading, Readings } from './read/reading.ts';
import { isRecord } from './read/record.ts';
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
    [listing, withItems(listing, listed['data_collection_results']), 'conversations[].data_collection_results'],
  ] as const;
  return mergeById(places, 'data_collection_id').map((collected) => {
    const { id, value: item, path, reading: from } = collected;
    const extra: Extra = { root: null };
    if (hasUnknown(item, collectionKeys)) keepUnknown(from, extra, item, collectionKeys, path, []);
    keepOthers(extra, collected);
    const { value } = item;
    const types = schemaTypes(from, item['json_schema']);
    const cell = jsonCell(from, value, `${path}.value`);
    return {
      source_id: key.source_id,
      conversation_id: key.conversation_id,
      data_collection_id: id,
      name: text(from, item['name'], `${path}.name`),
      value: cell,
      value_text: typeof value === 'string' ? text(from, value, `${path}.value`) : cell,
      value_number: numberOf(from, value, types, `${path}.value`),
      value_boolean: booleanOf(value, types),
      value_type: value === undefined ? null : jsonType(value),
      rationale: text(from, item['rationale'], `${path}.rationale`),
      json_schema: objectCell(from, item['json_schema'], `${path}.json_schema`),
      extra: extraCell(from, extra, path),
    };
  });
}

/**
 * Beyond this a number is no figure that somebody said in a call; it stands in `value` and `value_text` all the same.
 */
const valueNumberMax = 1e18;

/** A list row may give bare values in place of the objects that the detail has. */
function withItems(reading: Reading, value: unknown): unknown {
  if (!isRecord(reading, value)) return value;
  const isItem = (entry: unknown): boolean =>
    isRecord(reading, entry) && [...collectionKeys].some((key) => key in entry);
  const items = Object.entries(value).map(([key, entry]) => {
    return [key, entry === null || isItem(entry) ? entry : { value: entry }] as const;
  });
  return Object.fromEntries(items);
}

/** The types that the data point's schema allows. */
function schemaTypes(reading: Reading, schema: unknown): readonly unknown[] {
  if (!isRecord(reading, schema)) return [];
  const { type } = schema;
  return Array.isArray(type) ? type : [type];
}

/**
 * A number, or a text that is one where the schema asks for one: models answer in text. Beyond what can be, null with
 * drift.
 */
function numberOf(reading: Reading, value: unknown, types: readonly unknown[], path: string): number | null {
  const number = receivedNumber(value, types.includes('integer') || types.includes('number'));
  if (number === null || Math.abs(number) <= valueNumberMax) return number;
  reading.drift.add(path, 'changed_type', 'number out of range');
  return null;
}

function receivedNumber(value: unknown, readsText: boolean): number | null {
  if (typeof value === 'number') return value + 0;
  if (isRawJson(value)) return Number(value.rawJSON) + 0;
  const written = readsText && typeof value === 'string' ? value.trim() : '';
  return decimalText.test(written) ? Number(written) + 0 : null;
}

/** A boolean, or a text that is one where the schema asks for one. */
function booleanOf(value: unknown, types: readonly unknown[]): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' || !types.includes('boolean')) return null;
  const written = value.trim().toLowerCase();
  return written === 'true' ? true : written === 'false' ? false : null;
}
