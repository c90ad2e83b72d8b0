import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '@voxport/embedded';
import pg from 'pg';
import { atEnd } from './at-end.ts';
import { eventually } from './eventually.ts';
import { recordProcess } from './process-records.ts';
import { testServers } from './servers.ts';

/**
 * Starts a PgBouncer before the server of a URL, as Debian's package has it by default but for its mode and few
 * sessions; resolves with the URL of the same database by it. Everybody is let in as the user of that URL. It ends with
 * the test, or the file.
 */
export async function startPgbouncer(
  program: string,
  options: { url: string; mode: 'session' | 'transaction'; sessionsMax: number },
): Promise<string> {
  const { url, mode, sessionsMax } = options;
  const { hostname, port, username, password } = new URL(url);
  const directory = await mkdtemp(join(tmpdir(), 'voxport-pgbouncer-'));
  // It does not run as root: there it becomes a user that may read this.
  await chmod(directory, 0o755);
  const own = await choosePort(null);
  const server = `host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}`;
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${sessionsMax}
max_client_conn = 500
`,
  );
  const isRoot = process.getuid?.() === 0;
  const child = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), join(directory, 'pgbouncer.ini')], {
    stdio: 'ignore',
    env: {},
  });
  recordProcess(testServers().processDir, child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  });
  const pooled = Object.assign(new URL(url), { host: `127.0.0.1:${own}` }).href;
  await eventually(() => answers(pooled), { what: 'PgBouncer to answer' });
  return pooled;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
