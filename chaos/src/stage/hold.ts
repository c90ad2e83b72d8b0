import { until } from '../until.ts';
import type { ProcessName } from './fleet.ts';
import { connect } from './postgres.ts';
import type { Stage } from './stage.ts';

const seenWithinMs = 60_000;

/** Holds a lock on tables of the round's database until the returned function is called: whoever writes there waits. Reads go on. */
export async function holdTables(stage: Stage, ...tables: readonly string[]): Promise<() => Promise<void>> {
  const client = await connect(stage.databaseUrl);
  await client.query('begin');
  await client.query(`lock table ${tables.join(', ')} in exclusive mode`);
  return async () => {
    await client.query('commit').catch(() => undefined);
    await client.end().catch(() => undefined);
  };
}

/** Holds every write of the queue's store, wherever it is, until the returned function is called. */
export async function holdQueue(stage: Stage): Promise<() => Promise<void>> {
  const { redis } = stage;
  if (redis === null) return holdTables(stage, 'bullmq.job');
  await redis.command('CLIENT', 'PAUSE', '600000', 'WRITE');
  return async () => void (await redis.command('CLIENT', 'UNPAUSE'));
}

/** Waits until one of the processes waits for a lock with a statement that holds the given words; resolves with its name. */
export function someoneWaits(stage: Stage, names: readonly ProcessName[], words: string): Promise<ProcessName> {
  return until(
    `a statement on ${words} that waits for a lock`,
    async () => {
      const [row] = await stage.query(
        `select application_name as name from pg_stat_activity
         where wait_event_type = 'Lock' and application_name = any($1) and position($2 in query) > 0 and datname = current_database()
         order by query_start limit 1`,
        [names, words],
      );
      return names.find((name) => name === row?.['name']);
    },
    { timeoutMs: seenWithinMs, signal: stage.signal },
  );
}

/** Waits until a number that a query gives is above what it was. */
export async function untilMore(stage: Stage, what: string, query: string, before: number): Promise<void> {
  await until(what, async () => (await readNumber(stage, query)) > before, {
    timeoutMs: seenWithinMs,
    signal: stage.signal,
  });
}

export async function readNumber(stage: Stage, query: string): Promise<number> {
  const [row] = await stage.query(query);
  return Number(Object.values(row ?? {})[0] ?? 0);
}
