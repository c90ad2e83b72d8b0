import pg from 'pg';

/** What all calls of a statement cost together, those inside of functions too. */
export interface CountedStatement {
  readonly calls: number;
  readonly ms: number;
  readonly rows: number;
  readonly buffers: number;
  readonly walBytes: number;
  readonly isInFunction: boolean;
  readonly statement: string;
}

/** How much of a statement's text tells which one it is. */
const textMax = 160;

/** Has a server count statements from its next start on, those inside of functions too. */
export async function countStatements(url: string): Promise<void> {
  await ask(url, "alter system set shared_preload_libraries = 'pg_stat_statements'");
  await ask(url, "alter system set pg_stat_statements.track = 'all'");
  await ask(url, 'create extension pg_stat_statements');
}

/** The statements of a server's database since it started, the dearest first. */
export async function readStatementCosts(url: string): Promise<CountedStatement[]> {
  const rows = await ask(
    url,
    `select calls::float8, round(total_exec_time::numeric, 1)::float8 as ms, rows::float8,
            (shared_blks_hit + shared_blks_read)::float8 as buffers, wal_bytes::float8 as "walBytes",
            not toplevel as "isInFunction", left(regexp_replace(query, '\\s+', ' ', 'g'), ${textMax}) as statement
     from pg_stat_statements join pg_database on pg_database.oid = dbid where datname = current_database()
     order by total_exec_time desc limit 60`,
  );
  return rows as CountedStatement[];
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}
