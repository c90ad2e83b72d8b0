import type { Random } from '../random.ts';
import type { LanguageModel } from './agents.ts';
import type { ModelUsage, TokenUsage } from './types.ts';

function priced(tokens: number, nanoUsdPerToken: number): TokenUsage {
  return { tokens, nanoUsd: tokens * nanoUsdPerToken };
}

/**
 * The usage of one generation: a prompt that grows with the dialogue, mostly read from the cache, and a short answer.
 */
export function drawUsage(random: Random, model: LanguageModel, turnIndex: number, textLength: number): ModelUsage {
  const prompt = 380 + turnIndex * 46 + random.int(0, 40);
  const cached = turnIndex < 3 ? 0 : Math.floor(prompt * (0.5 + random.next() * 0.4));
  return {
    model: model.name,
    input: priced(prompt - cached, model.inputNanoUsd),
    cacheRead: priced(cached, model.cacheReadNanoUsd),
    cacheWrite: priced(model.cacheWriteNanoUsd === 0 ? 0 : random.int(0, 60), model.cacheWriteNanoUsd),
    output: priced(8 + (textLength >> 2) + random.int(0, 8), model.outputNanoUsd),
  };
}

function addTokens(a: TokenUsage, b: TokenUsage): TokenUsage {
  return { tokens: a.tokens + b.tokens, nanoUsd: a.nanoUsd + b.nanoUsd };
}

/** One usage for each model, in order of first appearance. */
export function sumByModel(usages: readonly ModelUsage[]): readonly ModelUsage[] {
  const sums: ModelUsage[] = [];
  for (const usage of usages) {
    const at = sums.findIndex((sum) => sum.model === usage.model);
    const sum = sums[at];
    if (sum === undefined) sums.push(usage);
    else
      sums[at] = {
        model: sum.model,
        input: addTokens(sum.input, usage.input),
        cacheRead: addTokens(sum.cacheRead, usage.cacheRead),
        cacheWrite: addTokens(sum.cacheWrite, usage.cacheWrite),
        output: addTokens(sum.output, usage.output),
      };
  }
  return sums;
}

/** All four prices of a usage together, in billionths of a US dollar. */
export function totalNanoUsd(usage: ModelUsage): number {
  return usage.input.nanoUsd + usage.cacheRead.nanoUsd + usage.cacheWrite.nanoUsd + usage.output.nanoUsd;
}
