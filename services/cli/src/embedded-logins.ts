import { hkdfSync } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The logins of an embedded server, as URLs: secrets. */
export interface EmbeddedLogins {
  readonly url: string;
  readonly ownerUrl: string;
  readonly readerUrl: string;
}

/**
 * The logins beside the superuser of an embedded server. Their passwords are derived from the superuser's: there is
 * nothing more to keep.
 */
export function embeddedLogins(adminUrl: string): EmbeddedLogins {
  const login = (name: string): string => {
    const url = new URL(adminUrl);
    const key = hkdfSync('sha256', decodeURIComponent(url.password), 'voxport', `login ${name}`, 24);
    url.username = name;
    url.password = Buffer.from(key).toString('base64url');
    return url.href;
  };
  return { url: login('voxport_service'), ownerUrl: login('voxport_owner'), readerUrl: login('voxport_reader') };
}

/** Writes the passwords of reader and owner as libpq's password file, for psql; returns its path. */
export async function keepPasswordFile(dataDir: string, logins: EmbeddedLogins): Promise<string> {
  const path = join(dataDir, 'logins.pgpass');
  const text = [logins.readerUrl, logins.ownerUrl]
    .map((url) => new URL(url))
    .map(({ username, password }) => `*:*:*:${username}:${password}\n`)
    .join('');
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return path;
  await mkdir(dataDir, { recursive: true });
  await writeFile(`${path}.${process.pid}`, text, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
  return path;
}

/** A command line that opens a shell as the login of a URL. Holds no password: it names the file that does. */
export function psqlCommandOf(passwordFile: string, url: string): string {
  const { port, username, pathname } = new URL(url);
  const psql = `psql -h 127.0.0.1 -p ${port} -U ${username} ${pathname.slice(1)}`;
  if (process.platform === 'win32') return `set "PGPASSFILE=${passwordFile}" && ${psql}`;
  const isPlain = /^[\w/.,:@%+-]+$/u.test(passwordFile);
  return `PGPASSFILE=${isPlain ? passwordFile : `'${passwordFile.replaceAll("'", String.raw`'\''`)}'`} ${psql}`;
}
