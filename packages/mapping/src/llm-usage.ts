import type { LlmUsageRow } from './tables/children.ts';
import { sumDecimals } from './json/decimal.ts';
import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { amount, count } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { record } from './read/record.ts';
import { identifier } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';

export type LlmUsageScope = 'turn' | 'call_initiated' | 'call_irreversible';

/** The turn_index of usage that is the whole call's. */
export const wholeCall = -1;

const usageKeys: ReadonlySet<string> = new Set(['model_usage']);
const modelKeys: ReadonlySet<string> = new Set(['input', 'input_cache_read', 'input_cache_write', 'output_total']);
const categoryKeys: ReadonlySet<string> = new Set(['tokens', 'price']);
const noUsage = {};

/**
 * Adds a row a model of one `llm_usage`: tokens, and prices in US dollars (never credits). `total_cost_usd` is the
 * exact decimal sum of the four prices. Unknown keys go to the extra of the row that holds the usage, below `place`.
 */
export function addLlmUsage(
  reading: Reading,
  rows: LlmUsageRow[],
  extra: Extra,
  at: TurnPlace & { readonly scope: LlmUsageScope },
  value: unknown,
  path: string,
  place: readonly string[],
): void {
  const usage = record(reading, value, path);
  if (usage === null) return;
  if (hasUnknown(usage, usageKeys)) keepUnknown(reading, extra, usage, usageKeys, path, place);
  const byModel = record(reading, usage['model_usage'], `${path}.model_usage`);
  if (byModel === null) return;
  const modelPath = `${path}.model_usage{}`;
  const names = new Set<string>();
  for (const key of Object.keys(byModel)) {
    const usageOfModel = record(reading, byModel[key], modelPath);
    const model = identifier(reading, key, modelPath);
    // Two keys can become one when unstorable characters are replaced: the first keeps the row.
    if (usageOfModel === null || model === null || names.has(model)) continue;
    names.add(model);
    const modelPlace = [...place, 'model_usage', key];
    if (hasUnknown(usageOfModel, modelKeys))
      keepUnknown(reading, extra, usageOfModel, modelKeys, modelPath, modelPlace);
    const category = (name: string): JsonRecord => {
      const found = record(reading, usageOfModel[name], `${modelPath}.${name}`);
      if (found === null) return noUsage;
      if (hasUnknown(found, categoryKeys)) {
        keepUnknown(reading, extra, found, categoryKeys, `${modelPath}.${name}`, [...modelPlace, name]);
      }
      return found;
    };
    const input = category('input');
    const cacheRead = category('input_cache_read');
    const cacheWrite = category('input_cache_write');
    const output = category('output_total');
    const inputCost = amount(reading, input['price'], `${modelPath}.input.price`);
    const cacheReadCost = amount(reading, cacheRead['price'], `${modelPath}.input_cache_read.price`);
    const cacheWriteCost = amount(reading, cacheWrite['price'], `${modelPath}.input_cache_write.price`);
    const outputCost = amount(reading, output['price'], `${modelPath}.output_total.price`);
    rows.push({
      source_id: at.source_id,
      conversation_id: at.conversation_id,
      scope: at.scope,
      turn_index: at.turn_index,
      model,
      input_tokens: count(reading, input['tokens'], `${modelPath}.input.tokens`),
      input_cost_usd: inputCost,
      cache_read_tokens: count(reading, cacheRead['tokens'], `${modelPath}.input_cache_read.tokens`),
      cache_read_cost_usd: cacheReadCost,
      cache_write_tokens: count(reading, cacheWrite['tokens'], `${modelPath}.input_cache_write.tokens`),
      cache_write_cost_usd: cacheWriteCost,
      output_tokens: count(reading, output['tokens'], `${modelPath}.output_total.tokens`),
      output_cost_usd: outputCost,
      total_cost_usd: sumDecimals([inputCost, cacheReadCost, cacheWriteCost, outputCost]),
    });
  }
}
