import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ListFilters } from '@voxport/domain';
import { pastMonth, startSimulator, type Simulator, type TrueRows } from '@voxport/simulator';
import { filterKinds, filterNames } from '@voxport/source';
import type { TestDatabase } from '@voxport/testkit';
import { connectDatabase, runQuery, type Database } from '@voxport/warehouse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filterOptions } from '../src/commands/filter-options.ts';
import { describeProblem } from '../src/describe-problem.ts';
import { createWarehouse, testApiKey, testSource } from './export-parts.ts';
import { runCommand, type CommandResult } from './run-command.ts';

const backfillMonth = ['backfill', '--from', '2026-09-01', '--to', '2026-10-02', '--json'];

type Truths = readonly TrueRows[];
type Given = readonly string[];

/** The value that stands most often, so that a filter by it has something to find. */
function commonest(values: readonly unknown[]): string {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (typeof value === 'string' && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const [first] = [...counts].toSorted(([, a], [, b]) => b - a);
  if (first === undefined) throw new Error('no value to filter by');
  return first[0];
}

const column = (truths: Truths, name: string): unknown[] => truths.map(({ conversations }) => conversations[name]);
const rows = (truths: Truths, table: Exclude<keyof TrueRows, 'conversations'>) =>
  truths.flatMap((truth) => truth[table]);
const guardrails = (truths: Truths) =>
  rows(truths, 'transcript_turns').flatMap(
    (turn) => (turn['guardrails'] ?? []) as { guardrail_type: string; guardrail_name: string | null }[],
  );

/** A value, or several, to filter by: taken from what the simulator serves. */
const valuesOf: { readonly [Name in keyof ListFilters]?: (truths: Truths) => Given } = {
  agent_id: (truths) => [commonest(column(truths, 'agent_id'))],
  branch_id: (truths) => [commonest(column(truths, 'branch_id'))],
  version_id: (truths) => [commonest(column(truths, 'version_id'))],
  user_id: (truths) => [commonest(column(truths, 'user_id'))],
  call_successful: () => ['failure'],
  call_duration_min_secs: () => ['60'],
  call_duration_max_secs: () => ['60'],
  rating_min: () => ['4'],
  rating_max: () => ['4'],
  has_feedback_comment: () => ['true'],
  evaluation_params: (truths) => [
    commonest(
      rows(truths, 'evaluation_results').map((row) => `${String(row['criteria_id'])}:${String(row['result'])}`),
    ),
  ],
  data_collection_params: (truths) => [
    commonest(
      rows(truths, 'data_collection_results')
        .filter((row) => row['value_type'] === 'string')
        .map((row) => `${String(row['data_collection_id'])}:eq:${String(row['value_text'])}`),
    ),
  ],
  dynamic_variable_params: (truths) => [
    commonest(
      truths.flatMap(({ conversations }) =>
        Object.entries(conversations['dynamic_variables'] ?? {})
          .filter(([name, value]) => typeof value === 'string' && !name.startsWith('system__'))
          .map(([name, value]) => `${name}:eq:${String(value)}`),
      ),
    ),
  ],
  tool_names: (truths) => {
    const names = rows(truths, 'tool_results')
      .filter((row) => row['depth'] === 0)
      .map((row) => row['tool_name']);
    const first = commonest(names);
    return [first, commonest(names.filter((name) => name !== first))];
  },
  tool_names_successful: (truths) => [commonest(rows(truths, 'tool_results').map((row) => row['tool_name']))],
  tool_names_errored: (truths) => [
    commonest(
      rows(truths, 'tool_results')
        .filter((row) => row['is_error'] === true && row['depth'] === 0)
        .map((row) => row['tool_name']),
    ),
  ],
  main_languages: () => ['de', 'fr'],
  search: () => ['thank'],
  conversation_initiation_source: (truths) => [commonest(column(truths, 'initiation_source'))],
  text_only: () => ['true'],
  tag_ids: (truths) => [commonest(truths.flatMap(({ conversations }) => conversations['tag_ids'] as string[]))],
  exclude_statuses: () => ['done'],
  termination_reasons: (truths) => [commonest(column(truths, 'termination_reason'))],
  visited_agent_ids: (truths) => [commonest(column(truths, 'agent_id'))],
  visited_agent_branch_ids: (truths) => [commonest(column(truths, 'branch_id'))],
  workflow_node_entered_id: (truths) => [
    commonest(rows(truths, 'transcript_turns').map((row) => row['workflow_node_id'])),
  ],
  guardrail_types: (truths) => [commonest(guardrails(truths).map((guardrail) => guardrail.guardrail_type))],
  custom_guardrail_names: (truths) => [commonest(guardrails(truths).map((guardrail) => guardrail.guardrail_name))],
};
const evaluated = filterNames.filter((name) => valuesOf[name] !== undefined);

const argumentsOf = (name: keyof ListFilters, values: Given): string[] =>
  values.flatMap((value) =>
    filterKinds[name] === 'flag'
      ? [`--${filterOptions[name].flag}=${value}`]
      : [`--${filterOptions[name].flag}`, value],
  );

let simulator: Simulator;
let warehouse: TestDatabase;
let database: Database;
let all: Truths;
beforeAll(async () => {
  simulator = await startSimulator({ conversationCount: 240, seed: 17, apiKey: testApiKey, ...pastMonth });
  warehouse = await createWarehouse();
  database = connectDatabase({ url: warehouse.url, poolSizeMax: 2, applicationName: 'test', onPoolError: () => {} });
  all = await Array.fromAsync(simulator.truths());
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await warehouse[Symbol.asyncDispose]();
  await simulator.close();
});

async function backfill(args: readonly string[]): Promise<CommandResult> {
  const sources = [
    testSource(simulator.url),
    testSource(simulator.voiceableUrl, { sourceId: 'proxy', dialect: 'voiceable' }),
  ];
  return runCommand({ databaseUrl: warehouse.url, queueUrl: null, sources }, [...backfillMonth, ...args]);
}

async function idsOfRun({ stdout }: CommandResult): Promise<unknown[]> {
  const { run_id: runId } = JSON.parse(stdout) as { run_id: number };
  const found = await runQuery(
    database.kysely,
    `select distinct unnest(wanted_ids || unchanged_ids || failed_ids) collate "C" as conversation_id from voxport_ops.listed_pages
     where run_id = ${runId} order by conversation_id`,
  );
  return found.map((row) => row['conversation_id']);
}

describe('a filter of backfill exports what the source has of it, and nothing else', () => {
  test.each(evaluated)('%s', async (name) => {
    const values = valuesOf[name]!(all);
    const filters = { [name]: filterKinds[name] === 'texts' ? values : values[0]! };
    const expected = (await Array.fromAsync(simulator.truths({ filters }))).map(({ conversations }) =>
      String(conversations['conversation_id']),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(all.length);
    const result = await backfill(['--source', 'support', ...argumentsOf(name, values)]);
    expect(result.exitCode).toBe(0);
    expect(await idsOfRun(result)).toEqual(expected.toSorted());
  });

  test('several filters at once must all hold, and a backfill on both dialects keeps to those that both have', async () => {
    const agent = commonest(column(all, 'agent_id'));
    const truth = await Array.fromAsync(simulator.truths({ filters: { agent_id: agent, call_successful: 'success' } }));
    const result = await backfill(['--agent', agent, '--success', 'success']);
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ listed: 2 * truth.length, failed: 0 });
  });
});

test('every filter is sent as the API expects it, a list as repeated keys, together with the range', async () => {
  const asked: URLSearchParams[] = [];
  await using api = createServer((request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://api').searchParams);
    response.setHeader('content-type', 'application/json');
    response.end('{"conversations":[],"next_cursor":null,"has_more":false}');
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const source = testSource(`http://127.0.0.1:${(api.address() as AddressInfo).port}`, { sourceId: 'recorded' });

  const words: Record<string, Given> = {
    text: ['one & two'],
    count: ['7'],
    rating: ['3'],
    flag: ['false'],
    texts: ['a', 'b c'],
  };
  const result = await runCommand({ databaseUrl: warehouse.url, queueUrl: null, sources: [source] }, [
    'backfill',
    '--from=2026-09-01T00:00:00Z',
    '--to=2026-09-01T00:00:01Z',
    '--json',
    ...filterNames.flatMap((name) => argumentsOf(name, words[filterKinds[name]]!)),
  ]);
  expect(result.exitCode).toBe(0);
  const listed = asked.filter((query) => query.has('call_start_after_unix'));
  expect(listed).toHaveLength(1);
  expect([...listed[0]!]).toEqual([
    ['call_start_after_unix', String(pastMonth.startUnixSecs - 1)],
    ['call_start_before_unix', String(pastMonth.startUnixSecs + 2)],
    ...filterNames.flatMap((name) => words[filterKinds[name]]!.map((value) => [name, value])),
    ['page_size', '100'],
    ['summary_mode', 'exclude'],
  ]);
});

describe('a filter that cannot be is refused before anything is sent', () => {
  async function problemOf(args: readonly string[]): Promise<string> {
    simulator.resetStats();
    try {
      const { exitCode, stderr } = await backfill(args);
      expect(exitCode).toBe(2);
      return stderr;
    } catch (error) {
      const { message, exitCode } = describeProblem(error, new AbortController().signal);
      expect(exitCode).toBe(2);
      return message;
    } finally {
      expect(simulator.stats().requestCount).toBe(0);
    }
  }

  test('one that the dialect of a source lacks: the option and the source are named', async () => {
    expect(await problemOf(['--tag', 'tag_1', '--search', 'x'])).toBe(
      '--search, --tag: source "proxy" speaks voiceable, whose list has no such filter. Leave it out, or name another source with --source.',
    );
  });

  test('a value of the wrong kind, and bounds that cross', async () => {
    expect(await problemOf(['--min-rating', '9'])).toContain(
      '--min-rating must be a whole number from 1 to 5, not "9"',
    );
    expect(await problemOf(['--text-only=maybe'])).toContain('--text-only must be true or false');
    expect(await problemOf(['--min-duration', '9', '--max-duration', '3'])).toContain(
      '--min-duration (9) is larger than --max-duration (3)',
    );
    expect(await problemOf(['--agent', ' '])).toContain('--agent must be a text that is not empty');
  });

  test('bounds that cross those of the source', async () => {
    const source = testSource(simulator.url, { filters: { call_duration_min_secs: 60 } });
    const command = runCommand({ databaseUrl: warehouse.url, queueUrl: null, sources: [source] }, [
      ...backfillMonth,
      '--max-duration',
      '30',
    ]);
    await expect(command).rejects.toThrow(
      'source "support": filters: the source\'s own call_duration_min_secs (60) is larger than --max-duration (30).',
    );
  });
});
