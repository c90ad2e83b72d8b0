import type { ListFilters } from '@voxport/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepInRange } from '../rows/keep-in-range.ts';
import { listQuery } from './list-query.ts';

const range = { after: new Date('2026-06-24T00:00:00Z'), before: new Date('2026-06-25T00:00:00Z') };
const [afterSecs, beforeSecs] = [range.after.getTime() / 1000, range.before.getTime() / 1000];
const parse = (request: Partial<Parameters<typeof listQuery>[0]>): URLSearchParams =>
  new URLSearchParams(listQuery({ range, cursor: null, pageSize: 30, filters: {}, ...request }));

describe('listQuery', () => {
  test('asks for one second more on both sides, without summaries and without a direction', () => {
    expect(Object.fromEntries(parse({}))).toEqual({
      call_start_after_unix: String(afterSecs - 1),
      call_start_before_unix: String(beforeSecs + 1),
      page_size: '30',
      summary_mode: 'exclude',
    });
  });

  test('without a beginning sends no lower bound, without a range none at all', () => {
    expect(parse({ range: { after: null, before: range.before } }).has('call_start_after_unix')).toBe(false);
    expect([...parse({ range: null }).keys()]).toEqual(['page_size', 'summary_mode']);
  });

  test('a range from the epoch on does not become negative', () => {
    expect(parse({ range: { after: new Date(0), before: range.before } }).get('call_start_after_unix')).toBe('0');
  });

  test('lists are repeated keys, as sent by the vendor’s own client', () => {
    const query = listQuery({
      range: null,
      cursor: null,
      pageSize: 1,
      filters: { tool_names: ['a', 'b c'], tag_ids: ['t&1'] },
    });
    expect(query).toBe('tool_names=a&tool_names=b+c&tag_ids=t%261&page_size=1&summary_mode=exclude');
  });

  test('the same filters go with a cursor', () => {
    const filters: ListFilters = { agent_id: 'agent_1', tool_names: ['a', 'b'], text_only: false, rating_min: 2 };
    const [first, next] = [parse({ filters }), parse({ filters, cursor: 'c/1=' })];
    expect(next.get('cursor')).toBe('c/1=');
    next.delete('cursor');
    expect([...next]).toEqual([...first]);
  });

  test.each([0, 101, -1, 1.5, Number.NaN])('refuses a page size of %s', (pageSize) => {
    expect(() => parse({ pageSize })).toThrow(/from 1 to 100/);
  });

  test('refuses an empty range and one that is no time', () => {
    expect(() => parse({ range: { after: range.before, before: range.before } })).toThrow(/empty/);
    expect(() => parse({ range: { after: null, before: new Date(Number.NaN) } })).toThrow(/no range/);
  });

  test('whatever text a filter holds, a server reads the same text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 5 }), text, (search, tool_names, cursor) => {
        const query = parse({ filters: { search, tool_names }, cursor });
        expect(query.getAll('search')).toEqual([search]);
        expect(query.getAll('tool_names')).toEqual(tool_names);
        expect(query.getAll('cursor')).toEqual([cursor]);
      }),
    );
  });

  test('whether the API includes its bounds or not, every start is found in exactly one of two adjoining ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 15 }),
        fc.boolean(),
        fc.boolean(),
        (offset, includesAfter, includesBefore) => {
          const startedAt = at(offset);
          const ranges = [at(0), at(5), at(10)];
          const found = [0, 1].filter((index) => {
            const asked = { after: ranges[index] ?? at(0), before: ranges[index + 1] ?? at(0) };
            const query = parse({ range: asked });
            const [after, before, start] = [
              Number(query.get('call_start_after_unix')),
              Number(query.get('call_start_before_unix')),
              afterSecs + offset,
            ];
            const isListed =
              (includesAfter ? start >= after : start > after) && (includesBefore ? start <= before : start < before);
            return isListed && keepInRange([conversation(startedAt)], asked).length === 1;
          });
          expect(found).toHaveLength(offset >= 0 && offset < 10 ? 1 : 0);
        },
      ),
    );
  });
});

test('a conversation of unknown start stays in any range', () => {
  expect(keepInRange([conversation(null)], range)).toHaveLength(1);
  expect(keepInRange([conversation(null)], { after: null, before: range.before })).toHaveLength(1);
});

/** So many seconds after the day began. */
function at(secs: number): Date {
  return new Date((afterSecs + secs) * 1000);
}

function conversation(startedAt: Date | null) {
  return { conversationId: 'c', agentId: null, startedAt, status: null, isTerminal: true, fingerprint: '', row: {} };
}
