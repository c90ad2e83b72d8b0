import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { allRows, ask, codeOf, page, past, type Row } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ ...past, seed: 21, conversationCount: 500, tiedStarts: { share: 0.5, size: 9 } });
});
afterAll(() => simulator.close());

const idsOf = (rows: readonly Row[]) => rows.map((row) => row.conversation_id);
async function trueIds(filters: Record<string, string | number | boolean | string[]>): Promise<string[]> {
  const ids: string[] = [];
  for await (const rows of simulator.truths({ filters })) ids.push(String(rows.conversations['conversation_id']));
  return ids.toReversed();
}

test('pages hold everything once, newest first, and the last one has no cursor', async () => {
  const rows = await allRows(simulator, 'page_size=37');
  expect(new Set(idsOf(rows)).size).toBe(500);
  const starts = rows.map((row) => row.start_time_unix_secs);
  expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  const last = await page(simulator, `page_size=100&call_start_before_unix=${past.startUnixSecs + 5000}`);
  expect(last).toMatchObject({ has_more: false, next_cursor: null });
});

test('a page holds 30 rows unless asked otherwise, and a last page that is exactly full says so', async () => {
  expect((await page(simulator)).conversations).toHaveLength(30);
  const first = await page(simulator, 'page_size=100&rating_min=5');
  const matching = (await trueIds({ rating_min: 5 })).length;
  expect(first.conversations).toHaveLength(matching);
  expect(await page(simulator, `page_size=${matching}&rating_min=5`)).toMatchObject({
    has_more: false,
    next_cursor: null,
  });
});

test('the other direction is the same list turned round', async () => {
  const ascending = await allRows(simulator, 'page_size=50&sort_direction=asc');
  expect(idsOf(ascending)).toEqual(idsOf(await allRows(simulator, 'page_size=50')).toReversed());
});

test('calls that share a second are listed once wherever a page is cut', async () => {
  for (const size of [1, 4, 9]) {
    const rows = await allRows(simulator, `page_size=${size}&call_start_after_unix=${past.endUnixSecs - 40_000}`);
    expect(new Set(idsOf(rows)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.start_time_unix_secs)).size).toBeLessThan(rows.length);
  }
});

test('paging stays stable while new calls arrive, and the next listing has them', async () => {
  await using busy = await startSimulator({ ...past, conversationCount: 60 });
  const before = idsOf(await allRows(busy, 'page_size=60'));
  const arrived: string[] = [];
  const seen = await allRows(busy, 'page_size=7', () => void arrived.push(...busy.addConversations(2)));
  expect(idsOf(seen)).toEqual(before);
  expect(idsOf(await allRows(busy, 'page_size=50'))).toEqual([...arrived.toReversed(), ...before]);
});

test('time bounds include their second, or exclude it when told so', async () => {
  await using exclusive = await startSimulator({
    ...past,
    seed: 21,
    conversationCount: 500,
    tiedStarts: { share: 0.5, size: 9 },
    timeBounds: 'exclusive',
  });
  const rows = await allRows(simulator, 'page_size=100');
  const [low, high] = [rows[400]?.start_time_unix_secs ?? 0, rows[100]?.start_time_unix_secs ?? 0];
  const query = `page_size=100&call_start_after_unix=${low}&call_start_before_unix=${high}`;
  const within = (isIn: (start: number) => boolean) => idsOf(rows.filter((row) => isIn(row.start_time_unix_secs)));
  expect(idsOf(await allRows(simulator, query))).toEqual(within((start) => start >= low && start <= high));
  expect(idsOf(await allRows(exclusive, query))).toEqual(within((start) => start > low && start < high));
});

test.each([
  [{ call_successful: 'failure' }, (row: Row) => row['call_successful'] === 'failure'],
  [{ main_languages: ['de', 'fr'] }, (row: Row) => row['main_language'] === 'de' || row['main_language'] === 'fr'],
  [{ conversation_initiation_source: 'twilio' }, (row: Row) => row['conversation_initiation_source'] === 'twilio'],
  [{ rating_min: 2, rating_max: 4 }, (row: Row) => Number(row['rating']) >= 2 && Number(row['rating']) <= 4],
  [
    { call_duration_min_secs: 100, call_duration_max_secs: 120 },
    (row: Row) => Number(row['call_duration_secs']) >= 100 && Number(row['call_duration_secs']) <= 120,
  ],
  [{ exclude_statuses: ['done'] }, (row: Row) => row.status !== 'done'],
  [{ call_successful: 'error' }, (row: Row) => row.status === 'failed'],
])('the filter %o keeps exactly the rows that show it', async (filters, keeps) => {
  const query = new URLSearchParams({ page_size: '100' });
  for (const [name, value] of Object.entries(filters))
    for (const one of [value].flat()) query.append(name, String(one));
  const kept = await allRows(simulator, query.toString());
  const wanted = (await allRows(simulator, 'page_size=100')).filter(keeps);
  expect(wanted.length).toBeGreaterThan(0);
  expect(idsOf(kept)).toEqual(idsOf(wanted));
});

test.each(['agent_id', 'branch_id', 'version_id'])('the filter on %s keeps exactly its rows', async (name) => {
  const rows = await allRows(simulator, 'page_size=100');
  const value = String(rows[3]?.[name]);
  const kept = await allRows(simulator, `page_size=100&${name}=${value}`);
  expect(idsOf(kept)).toEqual(idsOf(rows.filter((row) => row[name] === value)));
  expect(kept.length).toBeLessThan(rows.length);
});

test('filters on what only the detail shows agree with the details', async () => {
  const details = new Map<
    string,
    {
      transcript: {
        message: string | null;
        tool_results: { tool_name: string; is_error: boolean; tool_has_been_called: boolean }[];
      }[];
      analysis: { data_collection_results: Record<string, { value: unknown }> } | null;
    }
  >();
  for (const row of await allRows(simulator, 'page_size=100'))
    details.set(row.conversation_id, JSON.parse(simulator.detailText(row.conversation_id) ?? '{}'));
  const idsWhere = (isWanted: (detail: NonNullable<ReturnType<typeof details.get>>) => boolean) =>
    [...details].filter(([, detail]) => isWanted(detail)).map(([id]) => id);
  const errored = await allRows(
    simulator,
    'page_size=100&tool_names_errored=lookup_order&tool_names_errored=create_ticket',
  );
  expect(idsOf(errored)).toEqual(
    idsWhere(({ transcript }) =>
      transcript.some((turn) =>
        turn.tool_results.some(
          (result) =>
            ['lookup_order', 'create_ticket'].includes(result.tool_name) &&
            result.is_error &&
            result.tool_has_been_called,
        ),
      ),
    ),
  );
  expect(errored.length).toBeGreaterThan(0);
  const found = await allRows(simulator, 'page_size=100&search=ROUTER');
  expect(idsOf(found)).toEqual(
    idsWhere(({ transcript }) => transcript.some((turn) => turn.message?.toLowerCase().includes('router') ?? false)),
  );
  expect(found.length).toBeGreaterThan(0);
  const often = await allRows(simulator, 'page_size=100&data_collection_params=contacts_before:gt:3');
  expect(idsOf(often)).toEqual(
    idsWhere(({ analysis }) => Number(analysis?.data_collection_results['contacts_before']?.value ?? 0) > 3),
  );
  expect(often.length).toBeGreaterThan(0);
});

test('a page size outside 1 to 100 is a 400, one that is no number a 422 that says where', async () => {
  for (const size of ['0', '101', '-1']) {
    const seen = await ask(simulator, `/v1/convai/conversations?page_size=${size}`);
    expect([seen.status, codeOf(seen)]).toEqual([400, 'invalid_page_size']);
  }
  const seen = await ask(simulator, '/v1/convai/conversations?page_size=ten&text_only=maybe');
  expect(seen.status).toBe(422);
  const { detail } = seen.json<{ detail: { loc: unknown; msg: unknown; type: unknown }[] }>();
  expect(detail.map((issue) => issue.loc)).toEqual(
    expect.arrayContaining([
      ['query', 'page_size'],
      ['query', 'text_only'],
    ]),
  );
  expect(detail[0]).toHaveProperty('msg');
  expect(detail[0]).toHaveProperty('type');
});

test('a cursor with other filters, a changed one and a made-up one are invalid; another page size is fine', async () => {
  const { next_cursor } = await page(simulator, 'page_size=5&call_successful=success');
  for (const query of [
    `cursor=${next_cursor}`,
    `cursor=${next_cursor}&call_successful=failure`,
    `cursor=${next_cursor}x&call_successful=success`,
    'cursor=made-up',
  ]) {
    const seen = await ask(simulator, `/v1/convai/conversations?${query}`);
    expect([seen.status, codeOf(seen)]).toEqual([400, 'invalid_cursor']);
  }
  expect(
    (await page(simulator, `cursor=${next_cursor}&call_successful=success&page_size=50`)).conversations,
  ).toHaveLength(50);
});

test('a summary comes on request, collected data for the ids asked for', async () => {
  const plain = (await page(simulator, 'page_size=1')).conversations[0];
  expect(plain).toMatchObject({ transcript_summary: null });
  expect(plain).not.toHaveProperty('data_collection_results');
  const rich = (
    await page(
      simulator,
      'page_size=1&summary_mode=include&data_collection_ids=amount&evaluation_criteria_ids=polite_tone',
    )
  ).conversations[0];
  const truth = simulator.truth(rich?.conversation_id ?? '');
  expect(rich?.['transcript_summary']).toBe(truth?.conversations['summary']);
  const amount = truth?.data_collection_results.find((row) => row['data_collection_id'] === 'amount');
  expect(rich?.['data_collection_results']).toEqual(amount === undefined ? {} : { amount: amount['value'] });
});

test('a missing and a wrong key are two kinds of 401', async () => {
  const missing = await ask(simulator, '/v1/convai/conversations', { headers: {} });
  const wrong = await ask(simulator, '/v1/convai/conversations', { headers: { 'xi-api-key': 'nope' } });
  expect([missing.status, codeOf(missing), wrong.status, codeOf(wrong)]).toEqual([
    401,
    'missing_api_key',
    401,
    'invalid_api_key',
  ]);
});
