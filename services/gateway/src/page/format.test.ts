import { expect, test } from 'vitest';
import { ago, counted, rangeText } from './format.ts';
import { addMonths, monthEnd, monthOf } from './months.ts';

test('a time that is past, or to come, is told with the time itself', () => {
  const now = new Date('2026-09-30T10:00:00Z');
  expect(ago(new Date('2026-09-30T08:00:00Z'), now).html).toBe(
    '<time datetime="2026-09-30T08:00:00.000Z" title="2026-09-30 08:00 UTC">2 h ago</time>',
  );
  expect(ago(new Date('2026-09-30T10:01:00Z'), now).html).toContain('in 1 min');
});

test('whole days are told as days, the last one included', () => {
  const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
  expect(rangeText({ after: day('2026-09-01'), before: day('2026-10-01') })).toBe('2026-09-01 – 2026-09-30');
  expect(rangeText({ after: day('2026-09-01'), before: day('2026-09-02') })).toBe('2026-09-01');
  expect(rangeText({ after: null, before: day('2026-09-02') })).toBe('up to 2026-09-01');
  expect(rangeText({ after: day('2026-09-01'), before: new Date('2026-09-01T08:15:30Z') })).toBe(
    '2026-09-01 00:00 – 2026-09-01 08:15',
  );
  expect(rangeText(null)).toBe('what is new');
});

test('one is one, and others are several', () => {
  expect([counted(1, 'failure'), counted(0, 'failure'), counted(1200, 'failure')]).toEqual([
    '1 failure',
    '0 failures',
    '1,200 failures',
  ]);
});

test('months are counted across years, and end on their last day', () => {
  expect(addMonths('2026-01', -1)).toBe('2025-12');
  expect(addMonths('2026-11', 3)).toBe('2027-02');
  expect([monthEnd('2026-02'), monthEnd('2028-02'), monthEnd('2026-12')]).toEqual([
    '2026-02-28',
    '2028-02-29',
    '2026-12-31',
  ]);
  expect(monthOf(new Date('2026-12-31T23:59:59Z'))).toBe('2026-12');
});
