import { expect, test } from 'vitest';
import { readPromql } from './read-promql.ts';

test('finds metrics, the labels that a selector asks about, and the aggregation around', () => {
  expect(readPromql('sum by (source, status) (rate(voxport_api_requests_total{endpoint=~"list|detail"}[5m]))')).toEqual(
    [{ name: 'voxport_api_requests_total', labels: ['source', 'status', 'endpoint'], aggregation: 'sum' }],
  );
});

test('finds every metric of a division, each with its own labels', () => {
  const used = readPromql(
    'sum by (source) (increase(a_total{status="429"}[10m])) / clamp_min(sum by (source) (increase(b_total[10m])), 1) > 0.2',
  );
  expect(used).toEqual([
    { name: 'a_total', labels: ['source', 'status'], aggregation: 'sum' },
    { name: 'b_total', labels: ['source'], aggregation: 'sum' },
  ]);
});

test('leaves out what Prometheus adds, quoted text, and functions', () => {
  expect(readPromql('time() - max by (source) (c_seconds{job="voxport", instance!="x{y}"}) > 900')).toEqual([
    { name: 'c_seconds', labels: ['source'], aggregation: 'max' },
  ]);
});

test('refuses a grouping behind the brackets, which it would read past', () => {
  expect(() => readPromql('sum(a) by (source)')).toThrow(/in front of the brackets/);
});
