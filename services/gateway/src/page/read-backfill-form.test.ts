import { expect, test } from 'vitest';
import { readBackfillForm } from './read-backfill-form.ts';

const known = { sourceIds: ['support', 'sales'], now: new Date('2026-10-15T12:00:00Z') };
const read = (fields: Record<string, string>) => readBackfillForm(new URLSearchParams(fields), known);

test('days are whole days in UTC, the last one included', () => {
  expect(read({ source: 'sales', from: '2026-09-01', to: '2026-09-30', agent: ' agent_1 ' })).toEqual({
    form: { source: 'sales', from: '2026-09-01', to: '2026-09-30', agent: 'agent_1' },
    sourceIds: ['sales'],
    range: { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-10-01T00:00:00Z') },
    problem: null,
  });
  expect(read({ source: '', from: '2026-09-01', to: '2026-09-01', agent: '' })).toMatchObject({
    sourceIds: ['support', 'sales'],
    problem: null,
  });
});

test.each([
  [{ source: 'nobody', from: '2026-09-01', to: '2026-09-02' }, /no source "nobody"/u],
  [{ source: 'sales', from: '', to: '2026-09-02' }, /first day is missing/u],
  [{ source: 'sales', from: '2026-09-31', to: '2026-10-02' }, /first day is missing/u],
  [{ source: 'sales', from: '2026-09-01', to: 'soon' }, /last day is missing/u],
  [{ source: 'sales', from: '2026-09-03', to: '2026-09-02' }, /must not come after/u],
  [{ source: 'sales', from: '2026-10-16', to: '2026-10-17' }, /in the future/u],
  [{ source: 'sales', from: '2026-09-01', to: '2026-09-02', agent: 'a b' }, /agent id/u],
])('%j is refused, and says why', (fields, says) => {
  expect(read(fields).problem).toMatch(says);
});
