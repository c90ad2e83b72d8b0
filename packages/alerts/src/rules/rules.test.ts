import type { FleetRole, RoleHeartbeat } from '@voxport/warehouse';
import { describe, expect, test } from 'vitest';
import { findConditions, isConsuming, isUnknown } from '../find-conditions.ts';
import type { Observation, PlaceObservation, SourceObservation } from '../observation.ts';
import { freshness } from './freshness.ts';
import { disk, freeSeverity, queueMemory, usedSeverity } from './room.ts';
import { usualSecs } from './slow-run.ts';
import { sourcePaused } from './source-paused.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ago = (secs: number): Date => new Date(now.getTime() - secs * 1000);
const gigabyte = 1024 ** 3;

const place: PlaceObservation = {
  roles: [],
  databaseBytes: 1,
  databaseBytesMax: null,
  disks: [],
  queueMemory: null,
  queueSilentSince: null,
};

function source(signs: Partial<SourceObservation['signs']> = {}): SourceObservation {
  return {
    sourceId: 'support',
    freshnessSecs: 1800,
    signs: {
      sourceId: 'support',
      createdAt: ago(1e6),
      pausedAt: null,
      pausedClass: null,
      pausedReason: null,
      watermarkAt: ago(60),
      sweptAt: ago(5),
      waitingSince: null,
      consumedAt: ago(5),
      workerSeenAt: ago(1),
      landedSince: null,
      oldestLiveRequestAt: null,
      ...signs,
    },
    deadLetters: [],
    runs: [],
    gaps: [],
    drift: [],
    webhook: null,
  };
}

const observation = (sources: readonly SourceObservation[], changes: Partial<PlaceObservation> = {}): Observation => ({
  now,
  watchedSince: ago(1e6),
  sources,
  place: { ...place, ...changes },
});

describe('the fleet', () => {
  const settings = { stuckAfterSecs: 600, deadLettersCritical: 100, webhookSilentAfterSecs: 3600 };
  const heartbeat = (role: FleetRole, secs: number, changes: Partial<RoleHeartbeat> = {}): RoleHeartbeat => ({
    role,
    processes: secs > 15 ? 0 : 1,
    seenAt: ago(secs),
    isSignedOff: false,
    ...changes,
  });
  const found = (...roles: RoleHeartbeat[]) =>
    findConditions(observation([source()], { roles }), settings).filter(({ kind }) => kind === 'fleet_silent');

  test('is not missed where none has run of late, and while each of its roles has a process', () => {
    expect(found()).toEqual([]);
    expect(found(heartbeat('scheduler', 2), heartbeat('worker', 4), heartbeat('loader', 29))).toEqual([]);
  });

  test('is missed after half a minute, all silent roles in one condition that says what stands still', () => {
    const told = found(heartbeat('scheduler', 2), heartbeat('worker', 31), heartbeat('loader', 300));
    expect(told).toMatchObject([
      {
        severity: 'critical',
        title: 'No worker or loader is running',
        count: 2,
        since: ago(31),
        command: 'voxport up',
      },
    ]);
    expect(told[0]!.detail).toContain(
      'worker: last heartbeat 31 s ago, nothing is fetched; loader: last heartbeat 5 min',
    );
  });

  test('that was stopped in order is a warning, for a day', () => {
    const stopped = (secs: number): RoleHeartbeat => heartbeat('gateway', secs, { isSignedOff: true });
    expect(found(stopped(60))).toMatchObject([{ severity: 'warning', title: 'No gateway is running' }]);
    expect(found(stopped(90_000))).toEqual([]);
    // Of one that died, no order is known.
    expect(found(heartbeat('gateway', 90_000))).toMatchObject([{ severity: 'critical' }]);
  });

  test('that starts again is given half a minute, however long it was away', () => {
    const roles = [heartbeat('loader', 7200)];
    const since = (secs: number) =>
      findConditions({ ...observation([source()], { roles }), watchedSince: ago(secs) }, settings).length;
    expect([since(10), since(31)]).toEqual([0, 1]);
  });
});

describe('room', () => {
  test('is reported from four fifths of a limit on, and is critical from nine tenths on', () => {
    expect([0.79, 0.8, 0.89, 0.9, 2].map(usedSeverity)).toEqual([null, 'warning', 'warning', 'critical', 'critical']);
  });

  test('of a disk is told by what is left: a share of a small one, an amount of a large one', () => {
    expect(freeSeverity(1.6 * gigabyte, 10 * gigabyte)).toBeNull();
    expect(freeSeverity(1.4 * gigabyte, 10 * gigabyte)).toBe('warning');
    expect(freeSeverity(0.4 * gigabyte, 10 * gigabyte)).toBe('critical');
    expect(freeSeverity(60 * gigabyte, 10_000 * gigabyte)).toBeNull();
    expect(freeSeverity(40 * gigabyte, 10_000 * gigabyte)).toBe('warning');
    expect(freeSeverity(9 * gigabyte, 10_000 * gigabyte)).toBe('critical');
  });

  test('gives each disk and the database an alert of its own, and none without a limit', () => {
    const path = '/var/lib/postgresql';
    const disks = [{ what: 'the database', path, freeBytes: gigabyte, totalBytes: 100 * gigabyte }];
    const found = disk({ ...place, databaseBytes: 9 * gigabyte, databaseBytesMax: 10 * gigabyte, disks }, now);
    expect(found.map(({ fingerprint, severity, command }) => [fingerprint, severity, command])).toEqual([
      ['disk/database', 'critical', 'voxport erase --help'],
      [`disk/free/${path}`, 'critical', `df -h ${path}`],
    ]);
    expect(disk(place, now)).toEqual([]);
    expect(queueMemory({ ...place, queueMemory: { usedBytes: 9, limitBytes: null } }, now)).toEqual([]);
  });
});

describe('freshness', () => {
  test('is as old as the older of what is not listed and what is not loaded, and critical at four times the objective', () => {
    const told = (signs: Parameters<typeof source>[0]) =>
      freshness(source(signs), now, ago(1e6)).map(({ severity }) => severity);
    expect(told({ watermarkAt: ago(1800) })).toEqual([]);
    expect(told({ watermarkAt: ago(1801) })).toEqual(['warning']);
    expect(told({ oldestLiveRequestAt: ago(2000) })).toEqual(['warning']);
    expect(told({ watermarkAt: ago(7201) })).toEqual(['critical']);
    expect(told({ watermarkAt: null, oldestLiveRequestAt: ago(1e5) })).toEqual([]);
    expect(told({ watermarkAt: ago(7201), pausedAt: ago(10) })).toEqual([]);
  });
});

describe('the usual time of a run', () => {
  test('is not known from few, and grows with what there is to do', () => {
    const runs = [60, 70, 80].map((secs) => ({ secs, requests: 100 }));
    expect(usualSecs({ requests: 100, history: runs.slice(0, 2) })).toBeNull();
    expect(usualSecs({ requests: 10, history: runs })).toBe(70);
    expect(usualSecs({ requests: 1000, history: runs })).toBe(700);
  });
});

describe('consumption, for the dead man’s switch', () => {
  test('holds while every source is swept, has a worker, and nothing waits untouched', () => {
    expect(isConsuming(observation([source()]))).toBe(true);
    expect(isConsuming(observation([source({ waitingSince: ago(3600) })]))).toBe(true);
    expect(isConsuming(observation([source({ waitingSince: ago(3600), consumedAt: ago(121) })]))).toBe(false);
    expect(isConsuming(observation([source({ sweptAt: ago(61) })]))).toBe(false);
    expect(isConsuming(observation([source({ workerSeenAt: null })]))).toBe(false);
    expect(isConsuming(observation([source({ landedSince: ago(301) })]))).toBe(false);
    expect(isConsuming(observation([source(), source({ sweptAt: null })]))).toBe(false);
    expect(isConsuming(observation([source()], { queueSilentSince: ago(1) }))).toBe(false);
  });

  test('a paused source does not count, but where all are paused nothing is consumed', () => {
    const paused = source({ pausedAt: ago(3600), waitingSince: ago(3600), consumedAt: ago(3600) });
    expect(isConsuming(observation([source(), paused]))).toBe(true);
    expect(isConsuming(observation([paused]))).toBe(false);
  });

  test('twelve sources that are away each say so and nothing else, and the dead man’s switch is not told that all is well', () => {
    const settings = { stuckAfterSecs: 600, deadLettersCritical: 100, webhookSilentAfterSecs: 3600 };
    const away = Array.from({ length: 12 }, (_, index) => ({
      ...source({ pausedAt: ago(180), pausedClass: 'source_down', watermarkAt: ago(7200), consumedAt: ago(180) }),
      sourceId: `source-${index}`,
    }));
    const conditions = findConditions(observation(away), settings);
    expect(conditions.map(({ title }) => title)).toEqual(
      away.map(({ sourceId }) => `${sourceId}: paused, it does not answer`),
    );
    expect(isConsuming(observation(away))).toBe(false);
  });

  test('a store that is away says nothing of its memory and of what is stuck, and only of itself', () => {
    const away = observation([source()], { queueSilentSince: ago(1) });
    const unknown = (kind: 'queue_memory' | 'consumption_stuck' | 'disk', fingerprint: string): boolean =>
      isUnknown(away, { kind, fingerprint });
    expect(unknown('queue_memory', 'queue_memory')).toBe(true);
    expect(unknown('consumption_stuck', 'consumption_stuck/support/fetch')).toBe(true);
    expect(unknown('consumption_stuck', 'consumption_stuck/queue')).toBe(false);
    expect(unknown('disk', 'disk/database')).toBe(false);
  });
});

describe('a source that is paused', () => {
  const told = (pausedClass: string, pausedSecs: number): string[] =>
    sourcePaused(source({ pausedAt: ago(pausedSecs), pausedClass }), now).map(({ severity }) => severity);

  test('by a refused key is told at once, as critical', () => {
    expect(told('unauthorized', 0)).toEqual(['critical']);
  });

  test('because it is away is told after a minute, and critical after a quarter of an hour', () => {
    expect(told('source_down', 30)).toEqual([]);
    expect(told('source_down', 90)).toEqual(['warning']);
    expect(told('source_down', 1000)).toEqual(['critical']);
  });
});

test('no alert tells any text that a source sent', () => {
  const planted = 'jane.doe@example.com +41795550123';
  const paused = source({ pausedAt: ago(3600), pausedClass: 'unauthorized', pausedReason: `the API said ${planted}` });
  const drift = ['unknown_key', 'unexpected_type'].map((kind) => ({
    sourceId: 'support',
    path: `analysis.data_collection_results.${planted}`,
    kind,
    firstSeenAt: ago(60),
  }));
  const found = findConditions(observation([{ ...paused, drift }]), {
    stuckAfterSecs: 300,
    deadLettersCritical: 100,
    webhookSilentAfterSecs: 3600,
  });
  expect(found.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['source_paused', 'schema_drift']));
  for (const word of planted.split(' ')) expect(JSON.stringify(found)).not.toContain(word);
  expect(found.find(({ kind }) => kind === 'schema_drift')?.detail).toContain('unknown key: 1, unexpected type: 1');
});
