import { until } from '../until.ts';
import type { ProcessName } from './fleet.ts';
import { connect } from './postgres.ts';
import type { Stage } from './stage.ts';

const seenWithinMs = 60_000;

/**
 * Holds a lock on tables of the round's database until the returned function is called: whoever writes there waits.
 * Reads continue.
 */
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

/**
 * Waits until one of the processes waits for a table that is held; resolves with its name. The locks tell it, not the
 * statements: of a long statement pg_stat_activity keeps the beginning only.
 */
export function someoneWaits(stage: Stage, names: readonly ProcessName[], table: string): Promise<ProcessName> {
  return until(
    `a statement that waits for ${table}`,
    async () => {
      const [row] = await stage.query(
        `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
         where not l.granted and l.relation = $2::regclass and l.database = (select oid from pg_database where datname = current_database())
           and a.application_name = any($1)
         order by a.query_start limit 1`,
        [names, table],
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
