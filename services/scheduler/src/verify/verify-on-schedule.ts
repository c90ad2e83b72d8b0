import type { TimeRange } from '@voxport/domain';
import type { Logger, VerifySchedule } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';
import { dayWindows } from './day-windows.ts';
import type { Verifier } from './open-verifier.ts';
import type { Healing } from './verify-window.ts';

const dayMs = 86_400_000;
const pageSize = 100;

export interface VerifyOnScheduleDependencies extends Pick<
  SourceStore,
  'readSource' | 'readVerificationBudget' | 'leastVerifiedDays' | 'countKnown'
> {
  readonly schedule: VerifySchedule;
  readonly openVerifier: () => Promise<Verifier>;
  readonly startRun: () => Promise<number>;
  readonly logger: Logger;
}

/**
 * Makes the verification that a running fleet does by itself, and heals with: the last days every time, and each day
 * some days of the past, those verified longest ago first. Only what the watermark says is listed is verified, and a
 * day's requests are bounded: what does not fit waits.
 */
export function makeVerifyOnSchedule(dependencies: VerifyOnScheduleDependencies) {
  const { readSource, readVerificationBudget, leastVerifiedDays, countKnown } = dependencies;
  const { schedule, openVerifier, startRun, logger } = dependencies;

  return async function verifyOnSchedule(signal: AbortSignal): Promise<void> {
    const source = await readSource();
    const watermark = source?.watermarkAt ?? null;
    if (watermark === null || source?.pausedAt !== null) return;
    const recentAfter = new Date(Math.floor((watermark.getTime() - schedule.recentSecs * 1000) / dayMs) * dayMs);
    const budget = await readVerificationBudget({ pastBefore: recentAfter });
    const sampleMax = Math.max(0, schedule.sampleDays - budget.pastWindows);
    const candidates = [
      // A scheduler that starts again and again must not verify each time.
      ...(isFresh(budget.lastVerifiedAt) ? [] : dayWindows({ after: recentAfter, before: watermark })),
      ...(sampleMax === 0 ? [] : await leastVerifiedDays({ before: recentAfter, limit: sampleMax })),
    ];
    const windows: TimeRange[] = [];
    let requests = budget.requests;
    for (const window of candidates) {
      const expected = Math.max(1, Math.ceil((await countKnown({ range: window })) / pageSize));
      if (requests + expected > schedule.requestsPerDayMax) {
        logger.info({ window, requests }, 'verification has spent its requests of the day; the rest waits');
        break;
      }
      requests += expected;
      windows.push(window);
    }
    if (windows.length === 0) return;
    let runId: Promise<number> | null = null;
    const healing: Healing = {
      runId: () => (runId ??= startRun()),
      extraMax: Math.max(0, schedule.requestsPerDayMax - requests),
    };
    await using verifier = await openVerifier();
    await verifier.verifyWindows(windows, healing, signal, ({ certificate }) => {
      const { missing, stale, extra } = certificate;
      if (missing + stale + extra === 0) logger.debug(certificate, 'a window is verified: nothing is missing');
      else logger.warn(certificate, 'verification found gaps, and wants them again');
    });
  };

  function isFresh(verifiedAt: Date | null): boolean {
    return verifiedAt !== null && Date.now() - verifiedAt.getTime() < schedule.everySecs * 500;
  }
}
