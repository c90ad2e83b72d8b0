import { inspectRedis, isRedisUrl, type StoreMemory } from '@voxport/jobs';
import { usedSeverity } from '@voxport/alerts';
import { inspectDatabase } from '@voxport/warehouse';
import { connectToInspect } from './connect-to-inspect.ts';
import { fail, ok, sentence, warn, type Finding } from './finding.ts';

const waitMs = 5000;

/** Where the queue's store is set, and the warehouse's address; both as the processes use them. */
export interface QueuePlace {
  /** Null: in the warehouse's own database. */
  readonly queueUrl: string | null;
  readonly databaseUrl: string;
  /** The setting that the store stands in. */
  readonly settingName: string;
  /** The same database by another way; null where there is none. */
  readonly databaseDirectUrl: string | null;
  readonly isEmbedded: boolean;
}

/** Checks the queue's store: reachable, fit to keep jobs, and not in the way of the warehouse's readers. */
export async function checkQueue(place: QueuePlace, signal: AbortSignal): Promise<Finding[]> {
  const { queueUrl, databaseUrl, settingName } = place;
  if (queueUrl !== null && isRedisUrl(queueUrl)) return checkRedis(queueUrl, settingName);
  const found = await checkPostgres(queueUrl ?? databaseUrl, settingName, signal);
  return found.some(({ status }) => status === 'fail') ? found : [...found, separation(place)];
}

async function checkRedis(queueUrl: string, settingName: string): Promise<Finding[]> {
  try {
    const { place, product, version, evictionPolicy, persistence, memory } = await inspectRedis(queueUrl, settingName);
    const findings = [ok('queue', `${product} ${version ?? ''} at ${place} answers`.replace('  ', ' '))];
    if (product === 'Redis' && version !== null && !isAtLeast(version, [6, 2])) {
      findings.push(warn('queue version', `Redis ${version} is older than 6.2`, 'Update Redis.'));
    }
    if (evictionPolicy === 'noeviction') findings.push(ok('queue memory', 'maxmemory-policy is noeviction'));
    else {
      findings.push(
        warn(
          'queue memory',
          evictionPolicy === null
            ? 'Redis does not tell its maxmemory-policy'
            : `maxmemory-policy is ${evictionPolicy}: a full Redis throws jobs away`,
          'Set it: redis-cli config set maxmemory-policy noeviction (and in redis.conf, or in the settings of your provider).',
        ),
      );
    }
    findings.push(...memoryUse(memory));
    if (persistence === 'append_only') findings.push(ok('queue persistence', 'the append-only file is on'));
    else {
      findings.push(
        warn(
          'queue persistence',
          persistence === null
            ? 'Redis does not tell whether it keeps its data'
            : persistence === 'snapshots'
              ? 'only snapshots are kept: a crash loses the jobs since the last one (they are refilled from the database)'
              : 'nothing is kept: a restart empties the queue (it is refilled from the database)',
          'Switch it on: redis-cli config set appendonly yes (and in redis.conf, or in the settings of your provider).',
        ),
      );
    }
    return findings;
  } catch (error) {
    return [fail('queue', sentence(error), 'Remedy what it says; voxport doctor tells whether it helped.')];
  }
}

function memoryUse(memory: StoreMemory | null): Finding[] {
  if (memory === null || memory.limitBytes === null) return [];
  const share = memory.usedBytes / memory.limitBytes;
  const severity = usedSeverity(share);
  const message = `it uses ${Math.round(share * 100)} % of the memory that it may`;
  if (severity === null) return [ok('queue memory use', message)];
  return [
    (severity === 'critical' ? fail : warn)(
      'queue memory use',
      message,
      'Raise maxmemory (redis-cli config set maxmemory …, and in redis.conf), or let the backlog run down.',
    ),
  ];
}

async function checkPostgres(url: string, settingName: string, signal: AbortSignal): Promise<Finding[]> {
  await using database = connectToInspect(url, settingName);
  try {
    await database.waitForDatabase(signal, waitMs);
    const { serverVersion, user, canCreateSchemas, canCreateTemporary } = await inspectDatabase(database.kysely);
    if (!canCreateTemporary) {
      return [
        fail(
          'queue',
          `user ${user} may not create temporary tables, which the queue needs`,
          `Grant it: grant temporary on database <name> to ${user}`,
        ),
      ];
    }
    return [
      ok('queue', `runs on PostgreSQL ${serverVersion}`),
      ...(canCreateSchemas
        ? []
        : [
            warn(
              'queue rights',
              `user ${user} may not create schemas: the queue's own, bullmq, must be there and be writable`,
              `Grant it once: grant create on database <name> to ${user}`,
            ),
          ]),
    ];
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      fail('queue', `the queue's database cannot be used: ${sentence(error)}`, `Start it, or correct ${settingName}.`),
    ];
  }
}

function separation({ queueUrl, databaseUrl, databaseDirectUrl, isEmbedded }: QueuePlace): Finding {
  const isShared = queueUrl === null || queueUrl === databaseDirectUrl || isSameDatabase(queueUrl, databaseUrl);
  if (!isShared) return ok('queue place', 'the queue has a database of its own');
  if (isEmbedded) return ok('queue place', 'the queue is in the embedded Postgres, beside the warehouse');
  return warn(
    'queue place',
    "the queue is in the warehouse's own database: a long query there slows the export down several times",
    'Set QUEUE_URL to a Redis, or to a database of its own.',
  );
}

function isSameDatabase(left: string, right: string): boolean {
  const [a, b] = [new URL(left), new URL(right)];
  return a.hostname === b.hostname && (a.port || '5432') === (b.port || '5432') && a.pathname === b.pathname;
}

function isAtLeast(version: string, wanted: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}
