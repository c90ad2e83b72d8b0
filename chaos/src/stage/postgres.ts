import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import pg from 'pg';

/** One statement's rows, numbers of type int8 as numbers. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/**
 * A real Postgres that is there to be restarted and cut off; shared by the rounds of a slot, each with a database of
 * its own.
 */
export interface ChaosPostgres {
  readonly port: number;
  /** Where its files are; their owner is who it runs as. */
  readonly clusterDirectory: string;
  /** Copies the migrated template into a database of a round's own; resolves with its URL. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** `fast` ends the connections and writes everything out; `immediate` is a crash, with recovery at the next start. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it unless it runs. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const templateName = 'chaos_template';

/** Starts it in `directory`, and prepares the template with `migrate`, which is given its URL. */
export async function startPostgres(
  directory: string,
  migrate: (url: string) => Promise<void>,
): Promise<ChaosPostgres> {
  const dataDir = join(directory, 'postgres');
  await mkdir(dataDir, { recursive: true });
  const { url, port } = await startEmbeddedPostgres({ dataDir });
  const urlOf = (name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const stop = async (mode: 'fast' | 'immediate'): Promise<void> =>
    void (await stopEmbeddedPostgres({ dataDir, mode }));
  try {
    await queryOnce(url, `create database ${templateName}`);
    await migrate(urlOf(templateName));
  } catch (error) {
    await stop('immediate');
    throw error;
  }
  return {
    port,
    clusterDirectory: join(dataDir, 'cluster'),
    async createDatabase(name) {
      await queryOnce(url, `create database ${name} template ${templateName}`);
      return urlOf(name);
    },
    async dropDatabase(name) {
      await queryOnce(url, `drop database if exists ${name} with (force)`);
    },
    stop,
    async start() {
      await startEmbeddedPostgres({ dataDir });
    },
    close: () => stop('immediate'),
  };
}

/** Connects, asks one question, and disconnects: nothing here outlives a fault. */
export async function queryOnce(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = await connect(url);
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/** A session of the suite's own, e.g. to hold a lock in. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'chaos',
    connectionTimeoutMillis: 5000,
    types: { getTypeParser: parserOf },
  });
  // A fault may end this session too; whoever uses it next is told.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function parserOf(
  typeId: Parameters<typeof pg.types.getTypeParser>[0],
  format?: 'text' | 'binary',
): (value: string) => unknown {
  return typeId === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(typeId, format);
}
