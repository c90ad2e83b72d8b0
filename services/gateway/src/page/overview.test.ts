import { fleetSilent } from '@voxport/alerts';
import type { RoleHeartbeat } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { overview, spans } from './overview.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ago = (secs: number): Date => new Date(now.getTime() - secs * 1000);

function shown(roles: readonly RoleHeartbeat[]): string {
  const silent = fleetSilent(roles, now, new Date(0));
  return overview({
    now,
    span: spans[0],
    alerts: [],
    sources: [],
    roles,
    silent,
    openRuns: [],
    failures: [],
  }).html;
}

test('a fleet that is dead shows at once, and with what to do after half a minute, though nobody is left to send an alert', () => {
  const roles: RoleHeartbeat[] = [
    { role: 'scheduler', processes: 0, seenAt: ago(75), isSignedOff: false },
    { role: 'worker', processes: 2, seenAt: ago(2), isSignedOff: false },
    { role: 'loader', processes: 0, seenAt: ago(20), isSignedOff: true },
  ];
  const page = shown(roles)
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll(/\s+/gu, ' ');
  expect(page).toContain('none, last heartbeat 1 min ago');
  expect(page).toContain('2 processes, 2 s ago');
  expect(page).toContain('none, stopped 20 s ago');
  expect(page).toContain('No scheduler is running');
  expect(page).toContain('voxport up');
});

test('where only commands are run no fleet is missed', () => {
  expect(shown([])).not.toContain('Fleet');
});
