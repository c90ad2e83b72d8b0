import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

const dashboard = JSON.parse(readFileSync(new URL('voxport.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};
const { panels } = dashboard;

test('no two panels lie on one another, and none is wider than the page', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect({ title, other: taken.get(`${x},${y}`) }).toEqual({ title, other: undefined });
        taken.set(`${x},${y}`, title);
      }
    }
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

test('every panel has a unit, legends, and the data source that is chosen; its queries use only variables that there are', () => {
  const known = new Set(['__rate_interval', ...dashboard.templating.list.map(({ name }) => name)]);
  for (const { title, type, targets = [], datasource, fieldConfig } of panels) {
    if (type === 'row') continue;
    expect(targets.length, title).toBeGreaterThan(0);
    expect(datasource?.uid, title).toBe('${datasource}');
    expect(fieldConfig?.defaults.unit, title).toBeTruthy();
    for (const { expr, legendFormat } of targets) {
      expect(legendFormat, title).not.toBe('');
      for (const [, name = ''] of expr.matchAll(/\$(\w+)/g)) expect([...known], `${title}: ${expr}`).toContain(name);
      // A legend names only labels that the query keeps.
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(expr, `${title}: ${legendFormat}`).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
    }
  }
});
