import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { choosePort, startEmbeddedPostgres, stopEmbeddedPostgres } from '../../../packages/embedded/src/index.ts';
import { findRedisServer, ping } from '../../../packages/testkit/src/redis-program.ts';
import type { ComposeService } from '../compose/read-compose.ts';
import { startContainer, type Container } from './container.ts';
import { until } from './until.ts';

// It is a dependency of the package that opens the queue, not of the repository's root.
const load = createRequire(new URL('../../../packages/jobs/package.json', import.meta.url));
const { Client } = load('pg') as {
  Client: new (settings: { connectionString: string; connectionTimeoutMillis: number }) => {
    connect(): Promise<unknown>;
    query(text: string): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
  };
};

/** Runs one statement on a Postgres. */
export async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/**
 * Starts a Postgres of the version that the compose file asks for, and makes in it what the official image makes on its
 * first start: the role, the password from the file, the database.
 * @returns its address, and what stops it.
 */
export async function startPostgres(
  service: ComposeService,
  options: { directory: string; password: string; signal: AbortSignal },
): Promise<{ address: string; stop: () => Promise<void> }> {
  const dataDir = join(options.directory, 'postgres');
  const server = await startEmbeddedPostgres({ dataDir, signal: options.signal, tuning: 'test' });
  const stop = async (): Promise<void> => void (await stopEmbeddedPostgres({ dataDir }));
  const wanted = /:(\d+)/.exec(service.image)?.[1];
  if (server.version.split('.')[0] !== wanted) {
    await stop();
    throw new Error(
      `the compose file's ${service.image} is not the version ${server.version} of the embedded Postgres`,
    );
  }
  const { POSTGRES_USER: role, POSTGRES_DB: database } = service.environment;
  // The embedded server has a role and a database of its own, which may be of the same names; its password is needed up
  // to the last statement.
  const roles = await query(server.url, `select from pg_roles where rolname = '${role}'`);
  if (roles.length === 0) await query(server.url, `create role "${role}"`);
  const databases = await query(server.url, `select from pg_database where datname = '${database}'`);
  if (databases.length === 0) await query(server.url, `create database "${database}" owner "${role}"`);
  await query(server.url, `alter role "${role}" login superuser password '${options.password}'`);
  return { address: `127.0.0.1:${server.port}`, stop };
}

/** Starts `redis-server` with the compose file's own flags: it refuses to start with one that it does not know. */
export async function startRedis(
  service: ComposeService,
  options: { directory: string; path: string; signal: AbortSignal },
): Promise<{ address: string; container: Container }> {
  const program = await findRedisServer(options.path);
  if (program === null)
    throw new Error('There is no redis-server on the PATH. Install it (Debian: apt-get install redis-server).');
  const directory = join(options.directory, 'redis');
  mkdirSync(directory);
  const port = await choosePort(null);
  const [, ...flags] = service.command;
  const container = startContainer({
    name: service.name,
    words: [program, ...flags, '--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
    directory,
    environment: {},
    account: null,
  });
  await until(() => ping(`redis://127.0.0.1:${port}`), {
    what: 'Redis to answer',
    timeoutMs: 20_000,
    signal: options.signal,
    containers: [container],
  });
  return { address: `127.0.0.1:${port}`, container };
}
