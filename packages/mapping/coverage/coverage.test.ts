import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Drift } from '../src/tables/conversation-rows.ts';
import type { MappedConversation } from '../src/map-conversation.ts';
import { mapDetail } from '../src/rows-testing.ts';
import { allPaths } from './all-paths.ts';
import sdkPaths from './sdk-paths.json' with { type: 'json' };
import type { ApiPath } from './api-path.ts';
import { cellsOf, holds, type Cell } from './cells.ts';
import { placeValue } from './place-value.ts';
import { coverageReport } from './report.ts';
import { targetOf, targets, type Landing } from './targets.ts';

const root = join(import.meta.dirname, '../../..');
const fixtures = join(import.meta.dirname, '../src/fixtures');

/** Without an id of its own, an item of these lists is nobody's; and a step's node shows on the step's results. */
const companions = {
  'transcript[].rag_retrieval_info': { chunks: [{ chunk_id: 'chunk' }] },
  'transcript[].tool_results[].result.steps[]': { results: [{ tool_name: 'nested' }] },
  'analysis.evaluation_criteria_results_list[]': { criteria_id: 'criterion' },
  'analysis.data_collection_results_list[]': { data_collection_id: 'collected' },
};

interface Probe {
  /** What the source sends. */
  readonly sent: unknown;
  /** What the column must hold. */
  readonly stored: unknown;
}

/** Values that stand nowhere else in the payload, so that finding one in a column proves the way there. */
function probesOf({ path, type }: ApiPath, { as: how, columns }: Landing, number: number): Probe[] {
  // A time must be one, and nothing else may be as large.
  const base = columns.some((column) => column.endsWith('_at')) ? 1_700_000_000 : 1_000;
  if (how === 'conversation id') return [{ sent: 'conv_1', stored: 'conv_1' }];
  if (how === 'from cents') return [{ sent: 100_000 + number, stored: (100_000 + number) / 100 }];
  if (how === 'from milliseconds') return [{ sent: 1_700_000_000_123, stored: 1_700_000_000.123 }];
  if (how === 'listed')
    return [
      { sent: 'chunk', stored: true },
      { sent: 'another', stored: false },
    ];
  if (how === 'duration') return [{ sent: '17:05', stored: 1025 }];
  if (how === 'ISO 8601') return [{ sent: '2024-01-15T10:30:05Z', stored: 1_705_314_605 }];
  const plain = (value: unknown): Probe => ({ sent: value, stored: value });
  return type.split('|').flatMap((name) => {
    switch (name) {
      case 'boolean':
        return [plain(true), plain(false)];
      case 'integer':
        return [plain(base + number)];
      case 'number':
        return [plain(base + 0.5 + number)];
      case 'object':
      case 'any':
        return [plain({ probe: `value ${number} of ${path}` })];
      case 'recursive':
        return [{ sent: { tool_name: 'nested' }, stored: 1 }];
      default:
        return [plain(`value ${number} of ${path}`)];
    }
  });
}

function mapProbe(path: string, sent: unknown, key: string): MappedConversation {
  if (path.startsWith('conversations[].')) {
    const listed = placeValue(path.slice('conversations[].'.length), sent, key);
    return mapDetail({ conversation_id: 'conv_1' }, { listed });
  }
  if (path.startsWith('data[].')) {
    const detail = placeValue(path.slice('data[].'.length), sent, key);
    const isId = path === 'data[].id' || path === 'data[].conversation_id';
    return mapDetail(isId ? detail : { id: 'conv_1', ...detail }, { dialect: 'voiceable' });
  }
  return mapDetail({ conversation_id: 'conv_1', ...placeValue(path, sent, key, companions) });
}

/** True when the column holds what was sent. */
function lands(path: ApiPath, target: Landing, column: string, { sent, stored }: Probe): boolean {
  // The id inside an item of a map is the item's key.
  const isKey = /\{\}\.(criteria_id|data_collection_id)$/.test(path.path);
  const isParams = column === 'tool_calls.params';
  const mapped = mapProbe(path.path, isParams ? JSON.stringify({ sent }) : sent, isKey ? String(sent) : 'key');
  const { cells, type } = cellsOf(mapped, column);
  if (path.type === 'recursive') return cells[1] === (column.endsWith('parent_result_index') ? 0 : stored);
  const expected = target.as === 'redacted' ? '[redacted]' : stored;
  return cells.some((cell) => cell !== null && holds(cell as Cell, type, expected));
}

function isUnknownKey({ kind }: Drift): boolean {
  return kind === 'unknown_key';
}

describe('coverage', () => {
  it('decides for each field of the reference pages and of live traffic', () => {
    expect(allPaths.length).toBeGreaterThan(450);
    expect(allPaths.filter(({ path }) => targetOf(path) === null)).toEqual([]);
  });

  it('decides for each field of the recorded responses', async () => {
    const detail: unknown = JSON.parse(await readFile(join(fixtures, 'get-conversation.json'), 'utf8'));
    const list: unknown = JSON.parse(await readFile(join(fixtures, 'list-conversations.json'), 'utf8'));
    const paths = [...pathsOf(detail, ''), ...pathsOf(list, '')];
    expect(paths.length).toBeGreaterThan(150);
    expect(paths.filter((path) => targetOf(path) === null && !isOwner(path))).toEqual([]);
  });

  it('leaves out only what is no part of a conversation, or stands elsewhere', () => {
    const out = allPaths.map(({ path }) => path).filter((path) => 'reason' in (targetOf(path) ?? {}));
    expect(out.toSorted()).toEqual([
      'conversation_initiation_client_data.dynamic_variables.system__conversation_history',
      'cursor',
      'has_more',
      'has_more',
      'next_cursor',
      'status.code',
      'status.message',
      'total_count',
    ]);
  });

  const words = [...sdkPaths.list, ...sdkPaths.get].flatMap((path) =>
    'words' in path ? (path.words ?? []).map((word) => ({ path: path.path, word })) : [],
  );

  it.each(words)('knows the word $word of $path', ({ path, word }) => {
    const { drift } = mapProbe(path, word, 'key');
    expect(drift.filter(({ kind }) => kind === 'new_value')).toEqual([]);
  });

  it('has no target that no source sends', () => {
    const stale = Object.keys(targets).filter(
      (key) =>
        !allPaths.some(
          ({ path }) =>
            path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`) || path.startsWith(`${key}{`),
        ),
    );
    expect(stale).toEqual([]);
  });

  const landing = allPaths.flatMap((path, number) => {
    const target = targetOf(path.path);
    return target === null || 'reason' in target ? [] : [{ path, target, number }];
  });

  it.each(landing)('carries $path.path of $path.page to its column', ({ path, target, number }) => {
    const probes = probesOf(path, target, number);
    const lost = probes.flatMap((probe) =>
      target.columns.filter((column) => !lands(path, target, column, probe)).map((column) => ({ column, probe })),
    );
    expect(lost).toEqual([]);
    const unknown = probes.flatMap(({ sent }) => mapProbe(path.path, sent, 'key').drift).filter(isUnknownKey);
    expect(unknown).toEqual([]);
  });

  it.each(landing.filter(({ target }) => target.as === 'redacted'))('hides the value of $path.path', ({ path }) => {
    const { rows } = mapProbe(path.path, 'a secret', 'key');
    expect(JSON.stringify(rows)).not.toContain('a secret');
  });

  it.each(allPaths.filter(({ path }) => path.includes('{}')))('knows the keys of the map in $path', ({ path }) => {
    const { drift } = mapProbe(path, null, 'key');
    expect(drift.filter(isUnknownKey)).toEqual([]);
  });

  it('stands in docs/coverage.md as it is now (pnpm docs:coverage writes it)', async () => {
    expect(await readFile(join(root, 'docs/coverage.md'), 'utf8')).toBe(coverageReport(allPaths));
  });
});

/** True for an object whose fields have targets of their own: recorded as null, it shows none of them. */
function isOwner(path: string): boolean {
  return Object.keys(targets).some((key) => key.startsWith(`${path}.`));
}

/** The paths of a value's leaves, in terms of the targets: a recorded map's keys are named as the map's values. */
function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  const isMap = /(model_usage|metrics)$/.test(path) && !path.endsWith('conversation_turn_metrics');
  return Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, isMap ? `${path}{}` : path === '' ? key : `${path}.${key}`),
  );
}
