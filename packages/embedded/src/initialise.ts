import { randomUUID } from 'node:crypto';
import { appendFile, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresFailure } from './failure.ts';
import { databaseName, layoutOf, roleName, type Layout } from './layout.ts';
import { newPassword, passwordFileText } from './password.ts';
import { isAlive } from './process.ts';
import { run, type Account } from './run.ts';
import type { Tuning } from './settings.ts';

const unfinishedPrefix = 'unfinished-';

/**
 * Makes the cluster unless it is there: in a directory beside it, renamed when complete, so a process killed half-way
 * leaves nothing that could be taken for a cluster. Also checks that an existing one fits the binaries.
 *
 * @throws EmbeddedPostgresFailure `initialise_failed`, `wrong_version`, `unusable_data_dir`; AbortError
 */
export async function ensureCluster(
  layout: Layout,
  options: {
    binaries: Binaries;
    account: Account;
    tuning: Tuning;
    signal?: AbortSignal | undefined;
    onLog: (message: string) => void;
  },
): Promise<void> {
  await removeUnfinished(layout);
  if (!(await checkCluster(layout, options.binaries))) {
    options.onLog(`Creating a Postgres database in ${layout.dataDir}.`);
    await createCluster(layout, options);
  }
}

async function checkCluster(layout: Layout, binaries: Binaries): Promise<boolean> {
  const entries = await readdir(layout.cluster).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return false;
  const version = await readFile(join(layout.cluster, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null || !entries.includes('voxport.pgpass')) {
    throw new EmbeddedPostgresFailure(
      'unusable_data_dir',
      `${layout.cluster} was not made by Voxport. Move it away, or choose another data directory.`,
    );
  }
  const made = Number.parseInt(version, 10);
  if (made !== binaries.majorVersion) {
    throw new EmbeddedPostgresFailure(
      'wrong_version',
      `${layout.cluster} was made by PostgreSQL ${made}, and this version of Voxport brings PostgreSQL ${binaries.majorVersion}. ` +
        `Either go back to the Voxport that brought ${made}, dump the database with pg_dump and load it into a new data directory; ` +
        'or set DATABASE_URL to a server of your own; or move the data directory away and export again from the API.',
    );
  }
  return true;
}

async function createCluster(
  layout: Layout,
  options: { binaries: Binaries; account: Account; tuning: Tuning; signal?: AbortSignal | undefined },
): Promise<void> {
  const { account, binaries, signal } = options;
  const unfinished = join(layout.dataDir, `${unfinishedPrefix}${process.pid}-${randomUUID()}`);
  const passwordFile = `${unfinished}.password`;
  const password = newPassword();
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await giveTo(account, passwordFile);
    await step(account, signal, [
      binaries.initdb,
      `--pgdata=${unfinished}`,
      `--username=${roleName}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same sort order on every system and after every upgrade of it: the builtin provider belongs to Postgres.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...(options.tuning === 'test' ? ['--no-sync'] : []),
    ]);
    const own = ['--single', '-D', unfinished, '-c', 'exit_on_error=true'];
    await step(account, signal, [binaries.postgres, ...own, 'template1'], `create database ${databaseName}\n`);
    await appendFile(join(unfinished, 'postgresql.conf'), "\ninclude_if_exists = 'voxport.conf'\n");
    const passwordPath = layoutOf(layout.dataDir).passwordFile.replace(layout.cluster, unfinished);
    await writeFile(passwordPath, passwordFileText(password), { mode: 0o600 });
    await giveTo(account, passwordPath);
    await putInPlace(unfinished, layout);
  } finally {
    await rm(passwordFile, { force: true });
    await removeTree(unfinished);
  }
}

async function step(
  account: Account,
  signal: AbortSignal | undefined,
  command: [string, ...string[]],
  input?: string,
): Promise<void> {
  const result = await run(account, command, { signal, ...(input === undefined ? {} : { input }) }).catch(
    (cause: unknown) => {
      signal?.throwIfAborted();
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      const hint = missing ? ' It needs a system with glibc: on Alpine Linux set DATABASE_URL to a server.' : '';
      throw new EmbeddedPostgresFailure('initialise_failed', `${command[0]} cannot be run.${hint}`, { cause });
    },
  );
  if (result.code !== 0) {
    throw new EmbeddedPostgresFailure(
      'initialise_failed',
      `The Postgres database could not be created; ${command[0]} ended with code ${result.code}:\n${result.output.trim()}`,
    );
  }
}

async function putInPlace(unfinished: string, layout: Layout): Promise<void> {
  try {
    await rename(unfinished, layout.cluster);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Another process was first; its cluster is as good.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
    await readFile(layout.passwordFile);
  }
  if (process.platform === 'win32') return;
  await using directory = await open(layout.dataDir);
  await directory.sync();
}

/** Removes what processes that are gone have begun. */
async function removeUnfinished(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.dataDir)) {
    const pid = name.startsWith(unfinishedPrefix) ? Number.parseInt(name.slice(unfinishedPrefix.length), 10) : NaN;
    if (Number.isNaN(pid) || (isAlive(pid) && pid !== process.pid)) continue;
    await removeTree(join(layout.dataDir, name));
  }
}

/**
 * A server process of an initdb that was killed may still be writing there: what remains of it goes at the next start.
 */
async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => undefined);
}
