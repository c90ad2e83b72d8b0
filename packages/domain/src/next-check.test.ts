import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextCheckInSecs, type CheckPolicy } from './next-check.ts';

const [hour, day] = [3600, 86_400];
const policy: CheckPolicy = { refreshSecs: [hour, day, 7 * day], retentionSecs: 730 * day };
const next = (status: string | null, endedAgeSecs: number, checks = 0): number | null =>
  nextCheckInSecs({ status, endedAgeSecs, checks, policy });

/** Every recheck that follows from here when each is taken `lateSecs` after it was due. */
function rechecks(start: { status: string; ageSecs: number; policy: CheckPolicy }, lateSecs: () => number): number[] {
  const ages = [];
  let { ageSecs } = start;
  for (;;) {
    const inSecs = nextCheckInSecs({ ...start, endedAgeSecs: ageSecs, checks: ages.length });
    if (inSecs === null) return ages;
    expect(inSecs).toBeGreaterThanOrEqual(1);
    ageSecs += inSecs + lateSecs();
    ages.push(ageSecs);
    if (ages.length > 2000) throw new Error('it does not end');
  }
}

describe('a call that is over', () => {
  test('is looked at at each age of the policy that is still to come', () => {
    expect(next('done', 0)).toBe(hour);
    expect(next('done', hour - 10)).toBe(10);
    expect(next('done', hour)).toBe(day - hour);
    expect(next('failed', 2 * day)).toBe(5 * day);
    expect(rechecks({ status: 'done', ageSecs: 40, policy }, () => 0)).toEqual([hour, day, 7 * day]);
  });

  test('is not looked at again when every age has passed', () => {
    expect(next('done', 7 * day)).toBeNull();
    expect(next('completed', 365 * day)).toBeNull();
  });

  test('is never looked at again with an empty policy', () => {
    expect(
      nextCheckInSecs({ status: 'done', endedAgeSecs: 0, checks: 0, policy: { ...policy, refreshSecs: [] } }),
    ).toBe(null);
  });

  test('skips the ages that a late recheck has passed too', () => {
    const late = [2 * day, 0, 0];
    expect(rechecks({ status: 'done', ageSecs: 0, policy }, () => late.shift() ?? 0)).toEqual([
      hour + 2 * day,
      7 * day,
    ]);
  });

  test('the order in which a policy names its ages makes no difference', () => {
    const shuffled = { ...policy, refreshSecs: [day, 7 * day, hour, day] };
    expect(rechecks({ status: 'done', ageSecs: 0, policy: shuffled }, () => 0)).toEqual([hour, day, 7 * day]);
  });
});

describe('a call that is not over', () => {
  test('is polled less often as it grows older', () => {
    expect(next('in-progress', 5)).toBe(30);
    expect(next('processing', 300)).toBe(60);
    expect(next('initiated', 2000)).toBe(300);
    expect(next('in_progress', 5 * hour)).toBe(900);
    expect(next('in-progress', 3 * day)).toBe(day);
  });

  test('is given up when it is older than what the source keeps', () => {
    expect(next('in-progress', 730 * day - 1)).toBe(day);
    expect(next('in-progress', 730 * day)).toBeNull();
  });

  test('is polled less often also when its age does not grow', () => {
    expect([0, 4, 12, 22, 114].map((checks) => next('in-progress', 0, checks))).toEqual([30, 60, 300, 900, day]);
  });

  test('costs some 850 requests at most over two years', () => {
    expect(rechecks({ status: 'in-progress', ageSecs: 0, policy }, () => 0).length).toBeLessThan(860);
  });
});

const anyPolicy = fc.record({
  refreshSecs: fc.array(fc.double({ min: 0.001, max: 400 * day, noNaN: true }), { maxLength: 12 }),
  retentionSecs: fc.integer({ min: 1, max: 4000 * day }),
});
const anyStatus = fc.constantFrom('done', 'failed', 'initiated', 'in-progress', 'processing', 'a new word');

test('whatever the policy, the age and the delays: never in the past, each age at most once, and it comes to an end', () => {
  fc.assert(
    fc.property(
      anyPolicy,
      anyStatus,
      fc.double({ min: 0, max: 800 * day, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 30 * day, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (given, status, ageSecs, delays) => {
        let index = 0;
        const ages = rechecks({ status, ageSecs, policy: given }, () => delays[index++ % delays.length]!);
        if (['done', 'failed', 'a new word'].includes(status)) {
          const ahead = new Set(given.refreshSecs.filter((secs) => secs > ageSecs)).size;
          expect(ages.length).toBeLessThanOrEqual(ahead);
          expect(ages.length > 0).toBe(ahead > 0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('it comes to an end even under a clock that jumps at will', () => {
  fc.assert(
    fc.property(anyPolicy, anyStatus, fc.array(fc.double(), { minLength: 1, maxLength: 50 }), (given, status, ages) => {
      let checks = 0;
      for (;;) {
        const endedAgeSecs = ages[checks % ages.length]!;
        const inSecs = nextCheckInSecs({ status, endedAgeSecs, checks, policy: given });
        if (inSecs === null) return;
        expect(inSecs).toBeGreaterThanOrEqual(1);
        expect(Number.isFinite(inSecs)).toBe(true);
        checks += 1;
        expect(checks).toBeLessThanOrEqual(1000);
      }
    }),
    { numRuns: 50 },
  );
});
