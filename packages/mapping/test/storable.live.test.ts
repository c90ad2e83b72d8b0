import { createTestDatabase, type TestDatabase } from '@voxport/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversationOf, textOf, type Json } from './generated-conversations.ts';
import { mapDetail, rowsByTable } from '../src/rows-testing.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** Every cell of a payload's rows, by its column type. */
function cellsByType(text: string, listed: Json | null): Map<string, unknown[]> {
  const cells = new Map<string, unknown[]>();
  for (const [table, rows] of rowsByTable(mapDetail(text, { listed }).rows)) {
    for (const row of rows) {
      for (const [column, type] of Object.entries(table.columns)) {
        const value = row[column];
        if (value === null) continue;
        const items = type === 'text[]' ? (value as unknown[]) : [value];
        const name = type === 'text[]' ? 'text' : type;
        cells.set(name, [...(cells.get(name) ?? []), ...items]);
      }
    }
  }
  return cells;
}

describe('the cells of any payload', () => {
  it('are taken by Postgres as their column types', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        conversationOf(null),
        fc.option(conversationOf('conversations[]')),
        fc.boolean(),
        async (detail, listed, large) => {
          for (const [type, values] of cellsByType(textOf(detail, large), listed)) {
            const sql = `select count(item::${type}) as taken from unnest($1::text[]) as item`;
            const { rows } = await client.query<{ taken: string }>(sql, [values.map(String)]);
            expect(Number(rows[0]?.taken)).toBe(values.length);
            taken += values.length;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(10_000);
  }, 60_000);

  it('are taken at their extremes', async () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const text = `{"conversation_id":"conv_1","otlp_traces":${deep},"metadata":{"start_time_unix_secs":253402300799,
      "call_duration_secs":5e-324,"cost":1e400,"sms":[1e400,-1e-400,1e99999,1e-99999,12345678901234567890],
      "feedback":{"likes":-9223372036854775808},"warnings":["\\u0000\\ud800"]}}`;
    for (const [type, values] of cellsByType(text, null)) {
      const sql = `select count(item::${type}) as taken from unnest($1::text[]) as item`;
      const { rows } = await client.query<{ taken: string }>(sql, [values.map(String)]);
      expect(Number(rows[0]?.taken)).toBe(values.length);
    }
  });
});
