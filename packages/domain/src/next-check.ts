import { isRunningStatus } from './running-status.ts';

/** When a source's conversations are looked at again. */
export interface CheckPolicy {
  /** Ages after the end of a call, in seconds: at each of them it is looked at once more. Empty: never. */
  readonly refreshSecs: readonly number[];
  /** How long the source keeps a conversation, in seconds: one that still claims to run at this age is given up. */
  readonly retentionSecs: number;
}

/**
 * How often a call that is not over is asked for: until it has this age, and has been asked for this often, every so
 * many seconds. The counts are what the ages amount to; they hold where the age does not grow (a source whose clock is
 * wrong).
 */
const pollingSteps = [
  { untilAgeSecs: 120, untilChecks: 4, everySecs: 30 },
  { untilAgeSecs: 600, untilChecks: 12, everySecs: 60 },
  { untilAgeSecs: 3600, untilChecks: 22, everySecs: 300 },
  { untilAgeSecs: 86_400, untilChecks: 114, everySecs: 900 },
] as const;
const stuckEverySecs = 86_400;

/** A call stuck for two years is asked for some 850 times; more rechecks than this mean that a clock is wrong. */
const checksMax = 1000;

/**
 * Seconds until a conversation is looked at again, 1 or more; null for not again. Pure, and it comes to an end under
 * any clock.
 *
 * A call that is over is due at each age of the policy, and ages that it has passed already are skipped: a backfill of
 * last year schedules nothing. One that is not over is polled, less often as it grows older, once a day after a day,
 * until it ends or the source's retention is over.
 * @param input.status the vendor's word
 * @param input.endedAgeSecs time since the end of the call when it was looked at; since its start while it is under way
 * @param input.checks how often it has been looked at again so far
 */
export function nextCheckInSecs(input: {
  status: string | null;
  endedAgeSecs: number;
  checks: number;
  policy: CheckPolicy;
}): number | null {
  const { status, checks, policy } = input;
  const ageSecs = Number.isFinite(input.endedAgeSecs) ? Math.max(0, input.endedAgeSecs) : 0;
  if (checks >= checksMax) return null;
  if (isRunningStatus(status)) {
    if (ageSecs >= policy.retentionSecs) return null;
    const byAge = pollingSteps.find((step) => ageSecs < step.untilAgeSecs)?.everySecs ?? stuckEverySecs;
    const byChecks = pollingSteps.find((step) => checks < step.untilChecks)?.everySecs ?? stuckEverySecs;
    return Math.max(byAge, byChecks);
  }
  const ahead = policy.refreshSecs.filter((secs) => secs > ageSecs);
  return ahead.length === 0 ? null : Math.max(1, Math.ceil(Math.min(...ahead) - ageSecs));
}
