import { isRunningStatus, nextCheckInSecs, type CheckPolicy } from '@voxport/domain';
import type { Mapped } from './map-batch.ts';

/** What is needed of a loaded payload to say when its conversation is looked at again. */
export type CheckedPayload = {
  readonly rows: { readonly conversation: Pick<Mapped['rows']['conversation'], 'status' | 'started_at' | 'ended_at'> };
  readonly claimed: Pick<Mapped['claimed'], 'observedAt' | 'discoveredAt' | 'checks'>;
};

/**
 * Makes the decision when a conversation is looked at again: seconds, or null for not again. Ages are measured at the
 * observation, by the clock of the database: what the source held then is known, whenever it is loaded.
 */
export function makeCheckInSecs(policy: CheckPolicy) {
  return function checkInSecs({ rows: { conversation }, claimed }: CheckedPayload): number | null {
    const { status, started_at: startedAt, ended_at: endedAt } = conversation;
    const observedMs = Date.parse(claimed.observedAt);
    // While a call is under way its end moves with it; when only its analysis runs, the end is known.
    const isUnderWay = isRunningStatus(status) && status !== 'processing';
    const since = [isUnderWay ? startedAt : endedAt, startedAt, claimed.discoveredAt]
      .map((text) => (text === null ? Number.NaN : Date.parse(text)))
      // A time that is still to come is no time: the source's clock is wrong, ours continues.
      .find((ms) => ms <= observedMs);
    const endedAgeSecs = since === undefined ? 0 : (observedMs - since) / 1000;
    return nextCheckInSecs({ status, endedAgeSecs, checks: claimed.checks, policy });
  };
}
