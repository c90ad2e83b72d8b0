import type { Condition, Severity } from '@voxport/domain';
import type { StoredAlert } from '@voxport/warehouse';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planChanges } from './plan-changes.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const minuteMs = 60_000;
const hourMs = 3_600_000;

function condition(fingerprint: string, changes: Partial<Condition> = {}): Condition {
  return {
    fingerprint,
    kind: 'dead_letters',
    severity: 'warning',
    sourceId: 'support',
    title: fingerprint,
    detail: '',
    since: now,
    count: 1,
    revision: '10^0',
    remedy: '',
    command: '',
    ...changes,
  };
}

function alert(fingerprint: string, changes: Partial<StoredAlert> = {}): StoredAlert {
  return {
    ...condition(fingerprint),
    alertId: 1,
    openedAt: ago(hourMs),
    seenAt: ago(minuteMs),
    absentSince: null,
    noticedAt: ago(10 * minuteMs),
    noticedRevision: '10^0',
    notices: 1,
    resolvedAt: null,
    ...changes,
  };
}

function plan(open: readonly StoredAlert[], conditions: readonly Condition[], unknown: readonly string[] = []) {
  return planChanges({
    open,
    conditions,
    isUnknown: ({ fingerprint }) => unknown.includes(fingerprint),
    now,
    remindAfterMs: 4 * hourMs,
  });
}

const eventOf = (open: StoredAlert, met: Condition) => plan([open], [met]).seen[0]?.event;

describe('what one evaluation changes', () => {
  test('a new condition opens, a known one is seen and told of no more', () => {
    const changes = plan([alert('a')], [condition('a'), condition('b')]);
    expect(changes.opened.map(({ fingerprint }) => fingerprint)).toEqual(['b']);
    expect(changes.seen).toMatchObject([{ alertId: 1, event: null }]);
    expect([changes.absent, changes.recovered]).toEqual([[], []]);
  });

  test('a condition that is gone recovers after a minute, and one that comes back in between has lasted', () => {
    expect(plan([alert('a')], [])).toMatchObject({ absent: [1], recovered: [] });
    expect(plan([alert('a', { absentSince: ago(59_000) })], [])).toMatchObject({ absent: [1], recovered: [] });
    expect(plan([alert('a', { absentSince: ago(60_000) })], [])).toMatchObject({ absent: [], recovered: [1] });
    expect(plan([alert('a', { absentSince: ago(hourMs) })], [condition('a')])).toMatchObject({
      seen: [{ event: null }],
      recovered: [],
    });
  });

  test('what an evaluation can say nothing of stays as it is', () => {
    expect(plan([alert('a', { absentSince: ago(hourMs) })], [], ['a'])).toEqual({
      opened: [],
      seen: [],
      absent: [],
      recovered: [],
    });
  });

  test('it is told again when graver at once, when grown after an hour, else when it is time to remind; never for being smaller', () => {
    expect(eventOf(alert('a'), condition('a', { severity: 'critical' }))).toBe('changed');
    const grown = condition('a', { revision: '10^1', count: 10 });
    expect(eventOf(alert('a'), grown)).toBeNull();
    expect(eventOf(alert('a', { noticedAt: ago(hourMs) }), grown)).toBe('changed');
    const many = alert('a', { noticedAt: ago(hourMs), count: 100, noticedRevision: '10^2' });
    expect(eventOf(many, grown)).toBeNull();
    expect(eventOf(alert('a', { noticedAt: ago(4 * hourMs) }), condition('a'))).toBe('reminder');
  });

  test('what is only worth knowing is told once, and a severity does not fall while its alert is open', () => {
    const info = { severity: 'info' } as const;
    expect(eventOf(alert('a', { ...info, noticedAt: ago(99 * hourMs) }), condition('a', info))).toBeNull();
    const changes = plan([alert('a', { severity: 'critical' })], [condition('a')]);
    expect(changes.seen).toMatchObject([{ condition: { severity: 'critical' }, event: null }]);
  });

  test('every open alert and every condition ends in exactly one of the changes, whatever they are', () => {
    const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'));
    const severity = fc.constantFrom<Severity>('info', 'warning', 'critical');
    fc.assert(
      fc.property(
        names,
        names,
        names,
        severity,
        fc.integer({ min: 0, max: 10 * hourMs }),
        (open, met, unknown, grade, ms) => {
          const alerts = open.map((name, index) =>
            alert(name, {
              alertId: index,
              severity: grade,
              noticedAt: ago(ms),
              absentSince: ms % 2 === 0 ? ago(ms) : null,
            }),
          );
          const changes = plan(
            alerts,
            met.map((name) => condition(name)),
            unknown,
          );
          expect(changes.opened.map(({ fingerprint }) => fingerprint).toSorted()).toEqual(
            met.filter((name) => !open.includes(name)).toSorted(),
          );
          const touched = [...changes.seen.map(({ alertId }) => alertId), ...changes.absent, ...changes.recovered];
          const expected = alerts.filter(
            ({ fingerprint }) => met.includes(fingerprint) || !unknown.includes(fingerprint),
          );
          expect(new Set(touched)).toEqual(new Set(expected.map(({ alertId }) => alertId)));
          expect(touched).toHaveLength(expected.length);
        },
      ),
    );
  });
});
