/** A cell of a true row: times as ISO 8601 in UTC, numbers as numbers, jsonb as plain values, text[] as arrays. */
export type TrueCell = unknown;
/** A true row: a column's name and its value. Bookkeeping columns and `source_id` are left out. */
export type TrueRow = Readonly<Record<string, TrueCell>>;

/** The rows that the warehouse must hold for one conversation, by table, in the tables' order. */
export interface TrueRows {
  readonly conversations: TrueRow;
  readonly transcript_turns: readonly TrueRow[];
  readonly tool_calls: readonly TrueRow[];
  readonly tool_results: readonly TrueRow[];
  readonly dynamic_variable_updates: readonly TrueRow[];
  readonly llm_usage: readonly TrueRow[];
  readonly turn_metrics: readonly TrueRow[];
  readonly rag_chunks: readonly TrueRow[];
  readonly evaluation_results: readonly TrueRow[];
  readonly data_collection_results: readonly TrueRow[];
  readonly guardrail_triggers: readonly TrueRow[];
  readonly tool_result_chunks: readonly TrueRow[];
  readonly agent_evaluations: readonly TrueRow[];
}

/** Unix milliseconds as the warehouse's timestamps are compared: `2026-06-24T21:26:19.000Z`. */
export function isoOf(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
