import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationOf, merge, oddValue, textOf, type Json } from '../test/generated-conversations.ts';
import { mapDetail, nonconformities, rowsByTable } from './rows-testing.ts';

function problemsOf(text: string, dialect: 'elevenlabs' | 'voiceable', listed: Json | null): string[] {
  const mapped = mapDetail(text, { dialect, listed });
  const again = mapDetail(text, { dialect, listed });
  const wrong = rowsByTable(mapped.rows).flatMap(([table, rows]) => rows.flatMap((row) => nonconformities(row, table)));
  if (JSON.stringify(mapped) !== JSON.stringify(again)) wrong.push('another output from the same input');
  for (const { path, seen } of mapped.drift)
    if (!(path + seen).isWellFormed() || (path + seen).includes('\0')) wrong.push(path);
  return [...wrong, ...duplicateKeysOf(mapped.rows)];
}

const keyColumns: Readonly<Record<string, readonly string[]>> = {
  transcript_turns: ['turn_index'],
  tool_calls: ['turn_index', 'call_index'],
  tool_results: ['turn_index', 'result_index'],
  dynamic_variable_updates: ['turn_index', 'result_index', 'update_index'],
  llm_usage: ['scope', 'turn_index', 'model'],
  turn_metrics: ['turn_index', 'metric'],
  rag_chunks: ['turn_index', 'chunk_index'],
  guardrail_triggers: ['turn_index', 'trigger_index'],
  tool_result_chunks: ['turn_index', 'result_index', 'chunk_index'],
  agent_evaluations: ['scope_index'],
  evaluation_results: ['criteria_id'],
  data_collection_results: ['data_collection_id'],
};

/** Rows that a primary key would refuse: a null in it, one row too many, or more bytes than an index takes. */
function duplicateKeysOf(rows: Parameters<typeof rowsByTable>[0]): string[] {
  return rowsByTable(rows).flatMap(([table, of]) => {
    const columns = keyColumns[table.name] ?? [];
    const keys = of.map((row) => JSON.stringify(columns.map((column) => row[column])));
    const bad = of.filter((row) =>
      columns.some((column) => row[column] === null || Buffer.byteLength(JSON.stringify(row[column])) > 2_000),
    );
    return [
      ...bad.map(() => `${table.name}: unusable key`),
      ...(new Set(keys).size === keys.length ? [] : [`${table.name}: key twice`]),
    ];
  });
}

describe('any payload with the right id', () => {
  it('maps without an exception to rows that their tables take, the same each time', () => {
    fc.assert(
      fc.property(
        conversationOf(null),
        fc.option(conversationOf('conversations[]')),
        fc.boolean(),
        (detail, listed, large) => {
          expect(problemsOf(textOf(detail, large), 'elevenlabs', listed)).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  }, 60_000);

  it('maps so in the proxy’s dialect, whichever model it follows', () => {
    const detail = fc
      .tuple(conversationOf('data[]'), conversationOf(null))
      .map(([own, shared]) => merge(shared, own) as Json);
    fc.assert(
      fc.property(detail, fc.option(conversationOf('data[]')), fc.boolean(), (conversation, listed, large) => {
        expect(problemsOf(textOf(conversation, large), 'voiceable', listed)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('maps so when everything in it is of any type', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('transcript', 'metadata', 'analysis', 'status', 'tag_ids'), oddValue),
        oddValue,
        (detail, turn) => {
          const conversation = {
            ...detail,
            transcript: [turn, { tool_results: [turn], tool_calls: turn, llm_usage: turn }],
          };
          expect(problemsOf(textOf(conversation, false), 'elevenlabs', null)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);
});
