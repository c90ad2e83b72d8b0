import type { TimeRange } from '@voxport/domain';
import { makeLogger, type VerifySchedule } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { makeVerifyOnSchedule } from './verify-on-schedule.ts';

const watermarkAt = new Date('2026-10-10T15:00:00Z');
const schedule: VerifySchedule = { everySecs: 21_600, recentSecs: 2 * 86_400, sampleDays: 2, requestsPerDayMax: 10 };

/** Runs one scheduled verification; tells which days it verified. */
async function verifiedDays(
  changes: {
    spent?: number;
    pastWindows?: number;
    lastVerifiedAt?: Date;
    known?: number;
    watermarkAt?: Date | null;
    pausedAt?: Date;
  } = {},
): Promise<string[]> {
  const verified: string[] = [];
  const verifyOnSchedule = makeVerifyOnSchedule({
    schedule,
    readSource: async () => ({
      sourceId: 'support',
      watermarkAt: changes.watermarkAt === undefined ? watermarkAt : changes.watermarkAt,
      inFlightLimit: null,
      pausedAt: changes.pausedAt ?? null,
      pausedClass: null,
      pausedReason: null,
    }),
    readVerificationBudget: async () => ({
      requests: changes.spent ?? 0,
      pastWindows: changes.pastWindows ?? 0,
      lastVerifiedAt: changes.lastVerifiedAt ?? null,
    }),
    leastVerifiedDays: async ({ before, limit }) => {
      expect(before).toEqual(new Date('2026-10-08T00:00:00Z'));
      return ['2026-05-01', '2026-05-02', '2026-05-03'].slice(0, limit).map((day) => ({
        after: new Date(day),
        before: new Date(new Date(day).getTime() + 86_400_000),
      }));
    },
    countKnown: async () => changes.known ?? 150,
    openVerifier: async () => ({
      async verifyWindows(windows: readonly TimeRange[]) {
        verified.push(...windows.map(({ after }) => after!.toISOString().slice(0, 10)));
        return [];
      },
      async [Symbol.asyncDispose]() {},
    }),
    startRun: async () => 1,
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
  });
  await verifyOnSchedule(new AbortController().signal);
  return verified;
}

test('the last days up to the watermark are verified, and a sample of the past', async () => {
  expect(await verifiedDays()).toEqual(['2026-10-10', '2026-10-09', '2026-10-08', '2026-05-01', '2026-05-02']);
});

test('the requests of a day are bounded: what does not fit waits', async () => {
  expect(await verifiedDays({ spent: 5 })).toEqual(['2026-10-10', '2026-10-09']);
  expect(await verifiedDays({ known: 900 })).toEqual(['2026-10-10']);
  expect(await verifiedDays({ spent: 10 })).toEqual([]);
});

test('the sample of a day is taken once, and what was verified just now is not verified again', async () => {
  expect(await verifiedDays({ pastWindows: 1 })).toEqual(['2026-10-10', '2026-10-09', '2026-10-08', '2026-05-01']);
  expect(await verifiedDays({ lastVerifiedAt: new Date(), pastWindows: 2 })).toEqual([]);
});

test('nothing is verified before the first sync has ended, nor while the source is paused', async () => {
  expect(await verifiedDays({ watermarkAt: null })).toEqual([]);
  expect(await verifiedDays({ pausedAt: new Date() })).toEqual([]);
});
