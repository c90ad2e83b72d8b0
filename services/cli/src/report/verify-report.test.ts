import type { VerifiedWindow } from '@voxport/scheduler';
import { expect, test } from 'vitest';
import { verificationJson, verificationText } from './verify-report.ts';

const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-09-02T00:00:00Z') };

function window(counts: Partial<VerifiedWindow['certificate']>): VerifiedWindow {
  const none = { listed: 0, present: 0, pending: 0, missing: 0, stale: 0, extra: 0, healed: 0, requests: 1 };
  const certificate = { range, ...none, ...counts } as VerifiedWindow['certificate'];
  return { certificate, gaps: { missing: [], stale: [], extra: [] } };
}

test('all that are listed are accounted for, those that were erased on request too', () => {
  const sources = [{ sourceId: 'support', windows: [window({ listed: 629, present: 628 })] }];
  expect(verificationText(sources, { isHealed: false, columns: 400 })).toBe(
    'support: 629 conversations listed in 1 window with 1 request; 628 present, 1 erased on request, ' +
      '0 missing, 0 out of date, 0 no longer listed.\nComplete.',
  );
  expect(verificationJson(sources)).toMatchObject({ listed: 629, present: 628, erased: 1 });
});

test('the sentence and the table speak of gaps in the same words', () => {
  const text = verificationText(
    [
      {
        sourceId: 'support',
        windows: [window({ listed: 10, present: 7, pending: 1, missing: 1, stale: 1, extra: 2 })],
      },
    ],
    { isHealed: false, columns: 400 },
  );
  expect(text).toContain('7 present, 1 pending, 1 missing, 1 out of date, 2 no longer listed.');
  expect(text).toMatch(/listed {2}missing {2}out of date {2}no longer listed {2}fetched again/u);
  expect(text).not.toMatch(/stale|extra|erased/u);
});
