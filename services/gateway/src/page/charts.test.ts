import { expect, test } from 'vitest';
import { barChart, lineChart } from './charts.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 8, 1, 10, minute));
const options = {
  title: 'Loaded',
  valueText: (value: number) => `${value} calls`,
  timeText: (time: Date) => time.toISOString().slice(11, 16),
};

test('bars grow with their values, nothing is nothing, and where nobody looked there is a gap', () => {
  const { html } = barChart({ ...options, points: [null, 0, 5, 10].map((value, index) => ({ at: at(index), value })) });
  const heights = [...html.matchAll(/class="bar"[^>]*height="([\d.]+)"/gu)].map((match) => Number(match[1]));
  expect(heights).toEqual([0, 56, 112]);
  expect(html.match(/class="gap"/gu)).toHaveLength(1);
  expect(html).toContain('aria-label="Loaded: now 10 calls, at most 10 calls"');
  expect(html).toContain('<title>10:02: 5 calls</title>');
});

test('a line breaks where nobody looked, and one lonely point is seen', () => {
  const { html } = lineChart({
    ...options,
    points: [1, 2, null, 3].map((value, index) => ({ at: at(index), value })),
    objective: 4,
  });
  expect(html.match(/class="line"/gu)).toHaveLength(2);
  expect(html).toContain('class="objective"');
});

test('nothing yet is said, and is no error', () => {
  expect(barChart({ ...options, points: [] }).html).toContain('Loaded: nothing yet');
});
