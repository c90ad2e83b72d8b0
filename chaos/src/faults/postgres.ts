import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../stage/postgres.ts';
import { holdTables } from '../stage/hold.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

const downMs = { min: 0, max: 5000 };

async function restart(stage: Stage, mode: 'fast' | 'immediate'): Promise<void> {
  const waitMs = stage.random.int(downMs.min, downMs.max);
  await stage.postgres.stop(mode);
  await sleep(waitMs, undefined, { signal: stage.signal });
  await stage.postgres.start();
  stage.note(`Postgres down for ${(waitMs / 1000).toFixed(1)} s and its start`);
}

/** A session that locks rows of the inventory one by one, against the order that the pipeline keeps. */
async function lockAgainstTheOrder(stage: Stage): Promise<boolean> {
  const client = await connect(stage.databaseUrl);
  try {
    await client.query("set deadlock_timeout = '10s'");
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `select conversation_id as id from voxport_ops.inventory where state = 'discovered' order by conversation_id desc limit 40`,
    );
    for (const { id } of rows) {
      await client.query('select from voxport_ops.inventory where conversation_id = $1 for update', [id]);
      await sleep(15, undefined, { signal: stage.signal });
    }
    await client.query('rollback');
    return false;
  } catch (error) {
    stage.signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === '40P01') return true;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function countDeadlocks(stage: Stage): Promise<number> {
  const [row] = await stage.query('select deadlocks::int from pg_stat_database where datname = current_database()');
  return Number(row?.['deadlocks'] ?? 0);
}

/** What happens to Postgres, which is the truth, and perhaps the queue too. */
export const postgresFaults: readonly Fault[] = [
  {
    name: 'postgres-restart-immediate',
    what: 'Postgres crashes (immediate shutdown) and recovers',
    play: (stage) => restart(stage, 'immediate'),
  },
  {
    name: 'postgres-restart-fast',
    what: 'Postgres is restarted as for an upgrade (fast shutdown)',
    play: (stage) => restart(stage, 'fast'),
  },
  {
    name: 'postgres-backend-killed',
    what: 'SIGKILL of one server process: Postgres ends all its sessions and recovers',
    async play(stage) {
      const [row] = await stage.query(
        `select pid from pg_stat_activity where application_name like 'worker-%' and datname = current_database() limit 1`,
      );
      if (row === undefined) throw new Error('no worker has a session');
      process.kill(Number(row['pid']), 'SIGKILL');
    },
  },
  {
    name: 'postgres-cut',
    what: 'every session of the fleet is ended (pg_terminate_backend), ten bursts',
    async play(stage) {
      let ended = 0;
      for (let time = 0; time < 10; time += 1) {
        const [row] = await stage.query(
          `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        );
        ended += Number(row?.['ended'] ?? 0);
        await sleep(stage.random.int(50, 800), undefined, { signal: stage.signal });
      }
      stage.note(`${ended} sessions ended`);
    },
  },
  {
    name: 'postgres-deadlock',
    what: 'a foreign session locks rows of the inventory in the other order, until Postgres has ended a deadlock',
    async play(stage) {
      const before = await countDeadlocks(stage);
      for (let time = 0; time < 8 && (await countDeadlocks(stage)) === before; time += 1)
        await lockAgainstTheOrder(stage);
      stage.note(`${(await countDeadlocks(stage)) - before} deadlocks`);
    },
  },
  {
    name: 'postgres-locked',
    what: 'a foreign session holds the tables that the pipeline writes for 8 s',
    async play(stage) {
      const letGo = await holdTables(stage, 'voxport_ops.inventory', 'voxport_raw.payloads', 'voxport.conversations');
      await sleep(8000, undefined, { signal: stage.signal });
      await letGo();
    },
  },
  {
    name: 'postgres-statement-timeout',
    what: 'statements are cancelled (pg_cancel_backend, as a statement time-out does), twenty bursts',
    async play(stage) {
      let cancelled = 0;
      for (let time = 0; time < 20; time += 1) {
        const [row] = await stage.query(
          `select count(pg_cancel_backend(pid))::int as cancelled from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`,
        );
        cancelled += Number(row?.['cancelled'] ?? 0);
        await sleep(stage.random.int(20, 200), undefined, { signal: stage.signal });
      }
      stage.note(`${cancelled} statements cancelled`);
    },
  },
  {
    name: 'postgres-read-only',
    what: 'every transaction is read-only for 8 s, as on a standby after a failover',
    async play(stage) {
      const [row] = await stage.query('select current_database() as name');
      const name = String(row?.['name']);
      const cut = (): Promise<unknown> =>
        stage.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
          [name],
        );
      await stage.query(`alter database ${name} set default_transaction_read_only = on`);
      await cut();
      await sleep(8000, undefined, { signal: stage.signal });
      await stage.query(`begin read write; alter database ${name} reset default_transaction_read_only; commit`);
      await cut();
    },
  },
];
