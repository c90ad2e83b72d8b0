import type { Condition, Severity } from '@voxport/domain';
import type { PlaceObservation } from '../observation.ts';
import { bytes, percent } from '../words.ts';

/** Shares of a limit from which on it is told. */
const warningShare = 0.8;
const criticalShare = 0.9;
/** A disk is told by what is left of it: on a large one, a tenth may be plenty. */
const freeWarning = { share: 0.15, bytes: 50 * 1024 ** 3 };
const freeCritical = { share: 0.05, bytes: 10 * 1024 ** 3 };

/** The database near its configured limit, and disks that fill up. */
export function disk(
  { databaseBytes, databaseBytesMax, disks }: Pick<PlaceObservation, 'databaseBytes' | 'databaseBytesMax' | 'disks'>,
  now: Date,
): Condition[] {
  const conditions: Condition[] = [];
  const severity = databaseBytesMax === null ? null : usedSeverity(databaseBytes / databaseBytesMax);
  if (severity !== null && databaseBytesMax !== null) {
    conditions.push({
      fingerprint: 'disk/database',
      kind: 'disk',
      severity,
      sourceId: null,
      title: `The database is at ${percent(databaseBytes / databaseBytesMax)} of its limit`,
      detail: `It has ${bytes(databaseBytes)} of ${bytes(databaseBytesMax)} (alerts.database_limit_gb). Payloads as received take most of it.`,
      since: now,
      count: null,
      revision: '',
      remedy: 'Give it more room and raise database_limit_gb, or erase what is older than you need it.',
      command: 'voxport erase --help',
    });
  }
  for (const { what, path, freeBytes, totalBytes } of disks) {
    const grade = freeSeverity(freeBytes, totalBytes);
    if (grade === null) continue;
    conditions.push({
      fingerprint: `disk/free/${path}`,
      kind: 'disk',
      severity: grade,
      sourceId: null,
      title: `The disk of ${what} has ${bytes(freeBytes)} left`,
      detail: `${path}: ${bytes(freeBytes)} of ${bytes(totalBytes)} are free (${percent(freeBytes / totalBytes)}). When it is full, nothing is stored any more.`,
      since: now,
      count: null,
      revision: '',
      remedy: 'Make room on it, or move it to a larger one.',
      command: `df -h ${path}`,
    });
  }
  return conditions;
}

/** The queue's memory near its limit: a full Redis takes no job, or throws some away. */
export function queueMemory({ queueMemory: memory }: PlaceObservation, now: Date): Condition[] {
  if (memory === null || memory.limitBytes === null) return [];
  const share = memory.usedBytes / memory.limitBytes;
  const severity = usedSeverity(share);
  if (severity === null) return [];
  return [
    {
      fingerprint: 'queue_memory',
      kind: 'queue_memory',
      severity,
      sourceId: null,
      title: `The queue's memory is at ${percent(share)} of its limit`,
      detail: `Redis uses ${bytes(memory.usedBytes)} of ${bytes(memory.limitBytes)}. Jobs carry references only: what is large there is a backlog, or somebody else's.`,
      since: now,
      count: null,
      revision: '',
      remedy: 'Raise maxmemory (in redis.conf too, or in the settings of your provider), or let the backlog run down.',
      command: `redis-cli config set maxmemory ${Math.ceil((memory.usedBytes * 2) / 1024 ** 2)}mb`,
    },
  ];
}

/** How grave the use of a limit is; null while it is not. */
export function usedSeverity(share: number): Severity | null {
  return share >= criticalShare ? 'critical' : share >= warningShare ? 'warning' : null;
}

/** How grave it is that so much of a disk is left; null while it is not. */
export function freeSeverity(freeBytes: number, totalBytes: number): Severity | null {
  const isBelow = (limit: typeof freeWarning): boolean => freeBytes < Math.min(limit.bytes, totalBytes * limit.share);
  return isBelow(freeCritical) ? 'critical' : isBelow(freeWarning) ? 'warning' : null;
}
