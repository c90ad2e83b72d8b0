import type { ModelUsage, TokenUsage } from '../model/types.ts';

function tokensJson(usage: TokenUsage) {
  return { tokens: usage.tokens, price: usage.nanoUsd / 1e9 };
}

/** The usage of some generations by model, as the API nests it. */
export function usageJson(usages: readonly ModelUsage[]) {
  const model_usage: Record<string, object> = {};
  for (const usage of usages)
    model_usage[usage.model] = {
      input: tokensJson(usage.input),
      input_cache_read: tokensJson(usage.cacheRead),
      input_cache_write: tokensJson(usage.cacheWrite),
      output_total: tokensJson(usage.output),
    };
  return { model_usage };
}
