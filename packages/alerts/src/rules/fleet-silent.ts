import { type Condition, duration } from '@voxport/domain';
import type { RoleHeartbeat } from '@voxport/warehouse';
import { latest, secsBetween } from '../words.ts';

/** A process that is restarted is away for a moment. */
const silentSecs = 30;
/** Who has stopped a role in order a day ago does not want it any more. */
const stoppedSecs = 86_400;

const anyOf = new Intl.ListFormat('en', { type: 'disjunction' });
const allOf = new Intl.ListFormat('en', { type: 'conjunction' });

const stops: Readonly<Record<RoleHeartbeat['role'], string>> = {
  scheduler: 'no sync is planned and no alert is sent',
  worker: 'nothing is fetched',
  loader: 'what has been fetched is not loaded',
  gateway: 'webhooks are refused',
};

/**
 * The roles of the fleet that had a process and have none: one condition for all of them, because what stops several is
 * one cause more often than not. Critical; a warning where each of them was stopped in order.
 * @param watchedSince silence before is not counted.
 */
export function fleetSilent(roles: readonly RoleHeartbeat[], now: Date, watchedSince: Date): Condition[] {
  const silent = roles.filter(({ processes, seenAt, isSignedOff }) => {
    const secs = secsBetween(latest(seenAt, watchedSince), now);
    return processes === 0 && secs >= silentSecs && (!isSignedOff || secsBetween(seenAt, now) < stoppedSecs);
  });
  if (silent.length === 0) return [];
  const names = silent.map(({ role }) => role);
  const since = latest(...silent.map(({ seenAt }) => seenAt));
  return [
    {
      fingerprint: 'fleet_silent',
      kind: 'fleet_silent',
      severity: silent.every(({ isSignedOff }) => isSignedOff) ? 'warning' : 'critical',
      sourceId: null,
      title: `No ${anyOf.format(names)} is running`,
      detail: `${silent
        .map(
          ({ role, seenAt, isSignedOff }) =>
            `${role}: ${isSignedOff ? 'stopped in order' : 'last heartbeat'} ${duration(secsBetween(seenAt, now))} ago, ${stops[role]}`,
        )
        .join('; ')}. Nothing is lost: it continues where it stopped.`,
      since,
      count: silent.length,
      revision: names.join(),
      remedy: `Start ${allOf.format(names.map((name) => `a ${name}`))} again, and look at the end of the log of the one that went.`,
      command: 'voxport up',
    },
  ];
}

/** Whether a scheduler runs: it plans, and looks at what the alerts are about. */
export function isWatched(roles: readonly RoleHeartbeat[]): boolean {
  return roles.some(({ role, processes }) => role === 'scheduler' && processes > 0);
}
