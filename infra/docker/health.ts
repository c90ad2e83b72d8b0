/**
 * The health check of a service that has no port of its own: `node infra/docker/health.ts services/worker/src/main.ts`.
 * Exit code 0 when its process runs and both stores answer with the service's own settings, else 1 with a line for each problem.
 * It does not tell that work gets done: that is `voxport status`, and the age of the newest conversation.
 *
 * It takes two clients instead of the packages that wrap them, because it runs every 30 seconds beside every process:
 * 0.2 s a run, where importing the queue and the warehouse takes 0.6.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environment, settingOrFile, type Environment } from '../../packages/runtime/src/config/environment.ts';

/** Both stores are asked at once and get so long; the compose file gives the whole check 10 s. */
const timeoutMs = 5000;

/** Looks at the process and at both stores. Gives a sentence for each problem, none of which holds a password; none means healthy. */
export async function findProblems(script: string, settings: Environment): Promise<string[]> {
  const problems: string[] = [];
  if (!runs(script)) problems.push(`no process runs ${script}`);
  const databaseUrl = settingOrFile(settings, 'DATABASE_URL', problems);
  const queueUrl =
    settingOrFile(settings, 'QUEUE_URL', problems) ?? settingOrFile(settings, 'REDIS_URL', problems) ?? databaseUrl;
  if (databaseUrl === null) return [...problems, 'DATABASE_URL is not set'];
  const failures = await Promise.all([
    ask('the database', () => askPostgres(databaseUrl)),
    ask('the queue', () => askQueue(queueUrl ?? databaseUrl)),
  ]);
  return [...problems, ...failures.filter((failure) => failure !== null)];
}

/**
 * Whether a process of this container runs the script: node itself, not the init process whose arguments name it too.
 * A stopped or dead one does not count. Outside a container the working directory tells one installation from another.
 */
function runs(script: string): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [program, argument] = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
      if (basename(program ?? '') !== 'node' || argument !== script) return false;
      // The state follows the name, which stands in brackets and may hold any character.
      const stat = readFileSync(join('/proc', pid, 'stat'), 'utf8');
      const state = stat.charAt(stat.lastIndexOf(')') + 2);
      return !'TtZX'.includes(state) && readlinkSync(join('/proc', pid, 'cwd')) === process.cwd();
    } catch {
      return false; // It ended between two looks, or belongs to somebody else.
    }
  });
}

async function ask(what: string, question: () => Promise<void>): Promise<string | null> {
  try {
    // A client's own time limits add up, one for each step of its greeting.
    await Promise.race([
      question(),
      delay(timeoutMs).then(() => Promise.reject(new Error(`silent for ${timeoutMs} ms`))),
    ]);
    return null;
  } catch (error) {
    const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
    return `${what} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

// Both are dependencies of the package that opens the queue, not of the repository's root.
const load = createRequire(new URL('../../packages/jobs/package.json', import.meta.url));

/** What this file uses of the two clients, whose types are not the root's either. */
type PostgresConstructor = new (settings: { connectionString: string; application_name: string }) => {
  on(event: 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
};
type RedisConstructor = new (
  url: string,
  options: object,
) => {
  on(event: 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<void>;
  ping(): Promise<string>;
  disconnect(): void;
};

function askQueue(url: string): Promise<void> {
  return url.startsWith('redis') ? askRedis(url) : askPostgres(url);
}

async function askPostgres(url: string): Promise<void> {
  const { Client } = load('pg') as { Client: PostgresConstructor };
  const client = new Client({
    connectionString: url,
    application_name: 'voxport health',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

async function askRedis(url: string): Promise<void> {
  const { Redis } = load('ioredis') as { Redis: RedisConstructor };
  let connectionError: Error | null = null;
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', (error: Error) => {
    connectionError = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw connectionError ?? error;
  } finally {
    client.disconnect();
  }
}

if (import.meta.main) {
  const script = process.argv[2];
  if (script === undefined) throw new Error('usage: node infra/docker/health.ts services/<name>/src/main.ts');
  const problems = await findProblems(script, environment(process.env));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  // At once: a connection that hangs, or a client that takes its time to close one, would keep the process.
  process.exit(problems.length === 0 ? 0 : 1);
}
