import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeTables } from './metrics-document.ts';

const document = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

test('docs/metrics.md has every metric with its labels and meaning (pnpm docs:metrics makes the tables)', () => {
  expect(document).toBe(writeTables(document));
  expect(document).toContain('| `voxport_jobs_total`');
});

test('docs/metrics.md names every alert', () => {
  const { groups } = parse(readFileSync(new URL('alerts.yaml', import.meta.url), 'utf8')) as {
    groups: { rules: { alert: string }[] }[];
  };
  for (const { alert } of groups.flatMap(({ rules }) => rules)) expect(document, alert).toContain(`\`${alert}\``);
});
