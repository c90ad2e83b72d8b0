import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { TerminalFailure } from '@voxport/domain';
import {
  connectionFailure,
  type DatabasePlace,
  describePlace,
  urlFailure,
  findPooling,
  followUrl,
  fitnessQuery,
  type Pooling,
  pinSession,
  requireFitDatabase,
  TellingPool,
  tellLosses,
  tellPoolErrors,
  waitedFor,
  type DatabaseFitness,
} from '@voxport/postgres';

export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  /**
   * Asked before each connection: the URL as it is now, e.g. in its file; null where it cannot be told. Left out, it
   * stays what it was.
   */
  readonly readUrl?: (() => string | null) | null;
  /** The setting that the URL stands in, for messages. Default DATABASE_URL. */
  readonly settingName?: string;
  /** Connections kept at most; every open transaction holds one. */
  readonly poolSizeMax: number;
  /** What the server shows in pg_stat_activity. */
  readonly applicationName: string;
  /** Told of an idle connection that broke (a restarted server). The pool replaces it by itself. */
  readonly onPoolError: (error: Error) => void;
  /** The server ends a statement that takes longer; 0 for no limit. Default 120,000. */
  readonly statementTimeoutMs?: number;
  /**
   * The server ends a session that leaves its transaction idle for longer; 0 for no limit. Default 60,000: a stuck
   * loader must not hold its locks.
   */
  readonly idleInTransactionTimeoutMs?: number;
  /** Schemas that unqualified names are looked up in. Default none: the statements of this package name theirs. */
  readonly searchPath?: string;
  /** How long a connection may take to be had. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * A connection in use that is silent for longer is given up; 0 for never. Default ten seconds more than the statement
   * time-out, within which a server that lives answers.
   */
  readonly silenceTimeoutMs?: number;
}

/** An open database. */
export interface Database extends AsyncDisposable {
  /** For statements (`sql` tagged templates) and transactions. */
  readonly kysely: Kysely<unknown>;
  /**
   * Resolves when the database answers. A server that is not there yet is asked again until `timeoutMs` have passed.
   * @throws TransientFailure when it still does not answer; TerminalFailure at once when waiting cannot help (password,
   *   database name,
   * certificate, a server before version 14, an encoding other than UTF8); the signal's reason on abort.
   */
  readonly waitForDatabase: (signal: AbortSignal, timeoutMs: number) => Promise<void>;
  /** Waits for running statements, then closes every connection. */
  readonly close: () => Promise<void>;
}

const retryDelayMs = 200;
const statementTimeoutDefaultMs = 120_000;

/**
 * Opens a pool; nothing is sent before the first statement. Types read back: `int8` becomes a number as long as it is
 * exact (2^53), text beyond, so that counts are numbers and nothing is rounded; `numeric` stays text, because money
 * must stay exact; `timestamptz` becomes a Date, which drops microseconds: a statement that needs them asks for text.
 * @throws TerminalFailure when the URL is none.
 */
export function connectDatabase(settings: DatabaseSettings): Database {
  const pool = openPool(settings);
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const close = () => kysely.destroy();
  return {
    kysely,
    waitForDatabase: (signal, timeoutMs) => waitUntilReady(kysely, placeOf(settings), signal, timeoutMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The pool behind `connectDatabase`, for the migrations, which listen to its notices. What it loses rejects with a
 * code: Node's, Postgres's, or that of a LostConnection.
 */
export function openPool(settings: DatabaseSettings): pg.Pool {
  const silenceTimeoutMs = silenceTimeoutOf(settings);
  let pooling: Pooling | null = null;
  const prepare = async (client: pg.ClientBase): Promise<void> => {
    tellLosses(client);
    giveUpWhenSilent(client, silenceTimeoutMs);
    // Of a pool's connections all lead the same way.
    pooling ??= await findPooling(client, pool.options.connectionString ?? settings.url);
    const needs = {
      searchPath: settings.searchPath ?? '',
      statementTimeoutMs: settings.statementTimeoutMs ?? statementTimeoutDefaultMs,
      idleInTransactionTimeoutMs: settings.idleInTransactionTimeoutMs ?? 60_000,
    };
    await pinSession(client, needs, pooling);
  };
  let pool: pg.Pool;
  try {
    pool = new TellingPool({
      connectionString: settings.url,
      max: settings.poolSizeMax,
      application_name: settings.applicationName,
      connectionTimeoutMillis: settings.connectTimeoutMs ?? 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types: { getTypeParser },
      ...waitedFor(prepare),
    });
    followUrl(pool, settings.readUrl ?? null);
    // The pool reads its URL only when it connects.
    void new pg.Client({ connectionString: settings.url });
  } catch (error) {
    throw urlFailure(error, placeOf(settings));
  }
  tellPoolErrors(pool, settings.onPoolError);
  // The pool listens to idle connections only. One that the server ends in the middle of a transaction would throw its
  // error event at the process; the statement under way, or the next one, fails with it anyway.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return pool;
}

function silenceTimeoutOf({
  statementTimeoutMs = statementTimeoutDefaultMs,
  silenceTimeoutMs,
}: DatabaseSettings): number {
  return silenceTimeoutMs ?? (statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 10_000);
}

/**
 * A network that forgets a connection (a firewall's table, a failover) tells nobody: the statement under way would be
 * waited for as long as the process lives. pg's own `query_timeout` rejects the statement, but the dead connection then
 * goes back into the pool. Idle ones are closed by the pool after ten seconds, so only a connection in use can be
 * silent for this long.
 */
function giveUpWhenSilent(client: pg.ClientBase, silenceTimeoutMs: number): void {
  const stream = client instanceof pg.Client ? client.connection.stream : null;
  if (silenceTimeoutMs === 0 || !(stream instanceof Socket)) return;
  stream.setTimeout(silenceTimeoutMs, () => {
    const silent = new Error(`the database has not answered for ${silenceTimeoutMs} ms: the connection is given up`);
    stream.destroy(Object.assign(silent, { code: 'ETIMEDOUT' }));
  });
}

function getTypeParser(
  typeId: Parameters<typeof pg.types.getTypeParser>[0],
  format?: 'text' | 'binary',
): (value: string) => unknown {
  return typeId === pg.types.builtins.INT8 ? parseInt8 : pg.types.getTypeParser(typeId, format);
}

function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

async function waitUntilReady(
  kysely: Kysely<unknown>,
  place: DatabasePlace,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      await readFitness(kysely, place);
      return;
    } catch (error) {
      const failure = connectionFailure(error, place) ?? error;
      if (failure instanceof TerminalFailure || performance.now() + retryDelayMs > deadlineMs) throw failure;
    }
    await sleep(retryDelayMs, undefined, { signal });
  }
}

/**
 * Reads what decides whether everything can be stored in a database.
 * @throws TerminalFailure where it cannot; the error of the connection as pg has it.
 */
export async function readFitness(kysely: Kysely<unknown>, place: DatabasePlace): Promise<DatabaseFitness> {
  const { rows } = await sql.raw<DatabaseFitness>(fitnessQuery).execute(kysely);
  requireFitDatabase(rows[0]!, describePlace(place));
  return rows[0]!;
}

/** Where the URL of a pool stands, for messages. */
export function placeOf({ url, settingName }: Pick<DatabaseSettings, 'url' | 'settingName'>): DatabasePlace {
  return { url, settingName: settingName ?? 'DATABASE_URL' };
}
