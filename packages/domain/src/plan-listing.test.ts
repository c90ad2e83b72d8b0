import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planListing, type OpenListing } from './plan-listing.ts';
import type { TimeRange } from './time-range.ts';
import { subtractRanges } from './time-ranges.ts';

const at = (time: string): Date => new Date(`2026-10-15T${time}Z`);
const now = at('12:00:00.400');
const end = at('12:00:02');
const base = { now, since: null, settled: [], open: [], lookbackSecs: 3600, awaits: true };
const until = (time: string): TimeRange => ({ after: null, before: at(time) });
const planned = (changes: Partial<Parameters<typeof planListing>[0]>) => planListing({ ...base, ...changes });

test('the first sync lists everything, as history', () => {
  expect(planned({})).toEqual([{ range: { after: null, before: end }, isNew: false }]);
  // From a time on that is not long ago, there is nothing but new calls.
  expect(planned({ since: at('11:00:00.900') })).toEqual([
    { range: { after: at('11:00:00'), before: end }, isNew: true },
  ]);
  expect(planned({ since: at('13:00:00') })).toEqual([{ range: { after: at('12:00:00'), before: end }, isNew: true }]);
});

test('a later sync lists what is not settled, before everything else', () => {
  expect(planned({ settled: [until('10:55:00')] })).toEqual([
    { range: { after: at('10:55:00'), before: end }, isNew: true },
  ]);
});

test('new calls get a window of their own while history is being listed', () => {
  const history: OpenListing = { rest: until('11:58:00'), isAwaited: false };
  expect(planned({ open: [history] })).toEqual([{ range: { after: at('11:58:00'), before: end }, isNew: true }]);
});

test('no second window waits behind one that has not listed its first page, unless somebody wants to see it all', () => {
  const waiting: OpenListing = { rest: until('11:58:00'), isAwaited: true };
  expect(planned({ open: [waiting] })).toEqual([]);
  expect(planned({ open: [waiting], awaits: false })).toHaveLength(1);
  // A hole is listed all the same.
  const later: OpenListing = { rest: { after: at('11:00:00'), before: at('11:58:00') }, isAwaited: true };
  expect(planned({ open: [later], settled: [until('09:00:00')] })).toEqual([
    { range: { after: at('09:00:00'), before: at('11:00:00') }, isNew: false },
  ]);
});

test('after a long pause new calls go first, and what is older behind them', () => {
  expect(planned({ settled: [until('02:00:00')] })).toEqual([
    { range: { after: at('09:00:00'), before: end }, isNew: true },
    { range: { after: at('02:00:00'), before: at('09:00:00') }, isNew: false },
  ]);
});

test('whatever is settled or being listed, a sync plans all the rest, in few windows', () => {
  const range = fc.tuple(fc.option(fc.nat(40)), fc.integer({ min: 1, max: 20 })).map(([after, length]): TimeRange => ({
    after: after === null ? null : new Date(now.getTime() - after * 600_000),
    before: new Date(now.getTime() - (after ?? 40) * 600_000 + length * 300_000),
  }));
  const input = fc.record({
    since: fc.option(fc.nat(50).map((ago) => new Date(now.getTime() - ago * 600_000))),
    settled: fc.array(range, { maxLength: 20 }),
    open: fc.array(fc.record({ rest: range, isAwaited: fc.boolean() }), { maxLength: 4 }),
    lookbackSecs: fc.nat(7200),
    awaits: fc.constant(false),
  });
  fc.assert(
    fc.property(input, (changes) => {
      const plan = planned(changes);
      expect(plan.length).toBeLessThanOrEqual(9);
      const known = [...changes.settled, ...changes.open.map(({ rest }) => rest), ...plan.map(({ range: one }) => one)];
      const wanted = [
        {
          after: changes.since === null ? null : new Date(Math.floor(changes.since.getTime() / 1000) * 1000),
          before: end,
        },
      ];
      expect(subtractRanges(wanted, known)).toEqual([]);
      // Windows of one sync do not list the same twice.
      const ranges = plan.map(({ range: one }) => one);
      for (const [index, one] of ranges.entries())
        for (const other of ranges.slice(index + 1)) expect(subtractRanges([one], [other])).toEqual([one]);
    }),
  );
});
