import type { Call } from '../model/call.ts';
import type { ModelUsage } from '../model/types.ts';
import { totalNanoUsd } from '../model/usage.ts';
import type { TrueRow } from './types.ts';

/** The rows of `voxport.llm_usage`: what turns tell, then the whole call twice. */
export function trueUsage(call: Call): readonly TrueRow[] {
  const row = (scope: string, turn_index: number, usage: ModelUsage): TrueRow => ({
    conversation_id: call.outline.conversationId,
    scope,
    turn_index,
    model: usage.model,
    input_tokens: usage.input.tokens,
    input_cost_usd: usage.input.nanoUsd / 1e9,
    cache_read_tokens: usage.cacheRead.tokens,
    cache_read_cost_usd: usage.cacheRead.nanoUsd / 1e9,
    cache_write_tokens: usage.cacheWrite.tokens,
    cache_write_cost_usd: usage.cacheWrite.nanoUsd / 1e9,
    output_tokens: usage.output.tokens,
    output_cost_usd: usage.output.nanoUsd / 1e9,
    total_cost_usd: totalNanoUsd(usage) / 1e9,
  });
  return [
    ...call.turns.flatMap((turn, index) => (turn.usage ?? []).map((usage) => row('turn', index, usage))),
    ...(call.charging?.initiated ?? []).map((usage) => row('call_initiated', -1, usage)),
    ...(call.charging?.irreversible ?? []).map((usage) => row('call_irreversible', -1, usage)),
  ];
}
