import pg from 'pg';
import { certificateRefusals, TerminalFailure, TransientFailure } from '@voxport/domain';

/** What is wrong and what to do, by the code of a connection error (Node's, or Postgres's SQLSTATE). */
const refusals: Readonly<Record<string, { readonly reason: string; readonly mayPass: boolean }>> = {
  ECONNREFUSED: { reason: 'nothing listens there. Start Postgres, or correct its host and port', mayPass: true },
  ENOENT: { reason: 'the socket does not exist. Start Postgres, or correct the path', mayPass: true },
  ENOTFOUND: { reason: 'the host name is unknown. Correct the host', mayPass: true },
  EAI_AGAIN: { reason: 'the host name cannot be looked up at present. Check the name server', mayPass: true },
  EHOSTUNREACH: { reason: 'the host cannot be reached. Check the host and the network', mayPass: true },
  ENETUNREACH: { reason: 'the network cannot be reached. Check the network', mayPass: true },
  ETIMEDOUT: { reason: 'the host does not answer. Check the host, the port and the firewall', mayPass: true },
  ECONNRESET: { reason: 'the connection was cut. Check that a Postgres server stands behind the port', mayPass: true },
  '57P03': { reason: 'the server is starting up or shutting down', mayPass: true },
  '53300': {
    reason: 'the server has no connection left. Raise its max_connections, or close other clients',
    mayPass: true,
  },
  '28P01': { reason: 'the password is wrong. Correct the user or the password', mayPass: false },
  '28000': {
    reason:
      'the server refuses this user, or refuses it without encryption or a client certificate. Correct the user, add sslmode=verify-full, or sslcert=/path/client.pem and sslkey=/path/client.key',
    mayPass: false,
  },
  '3D000': { reason: 'the database does not exist. Create it, or correct its name', mayPass: false },
  '42501': { reason: 'the user may not connect to this database. Grant it CONNECT', mayPass: false },
};

/**
 * SQLSTATE, or Node's code of a connection error. An AggregateError (a host with several addresses) tells the code of
 * its first.
 */
export function databaseErrorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? databaseErrorCode(error.errors[0]) : null;
}

/** Names the database of a URL for people: user, host, port and database, never the password or any parameter. */
function describeDatabase(url: string): string {
  try {
    // Without the files that it names, which may not be there.
    const connectionString = url.replaceAll(/(?<=[?&])ssl(?:rootcert|cert|key)=[^&]*/gu, '');
    const { user, host, port, database } = new pg.Client({ connectionString });
    return `postgres://${user ?? ''}@${host}:${port}/${database ?? ''}`;
  } catch {
    return 'a text that is no Postgres URL';
  }
}

/** A URL and the setting that it stands in. */
export interface DatabasePlace {
  readonly url: string;
  readonly settingName: string;
}

/** Setting and address, for the beginning of a sentence. */
export function describePlace({ url, settingName }: DatabasePlace): string {
  return `${settingName} (${describeDatabase(url)})`;
}

/** Files of a URL, as pg reads them when it reads the URL. */
const fileParameters = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/**
 * Why a URL cannot be read: no URL, or one that names a file which is not there. The parser's own message may quote the
 * URL, and with it the password.
 */
export function urlFailure(error: unknown, { url, settingName }: DatabasePlace): TerminalFailure {
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
  if (path !== null && URL.canParse(url)) {
    const { searchParams } = new URL(url);
    const parameter = fileParameters.find((name) => searchParams.get(name) === path);
    if (parameter !== undefined) {
      return new TerminalFailure(
        'database',
        `${settingName}: the file that ${parameter} names, ${path}, cannot be read. Correct the path, or the rights on the file.`,
        { cause: error },
      );
    }
  }
  return new TerminalFailure(
    'database',
    `${settingName} is no Postgres URL. Write it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded.`,
    { cause: error instanceof Error ? error.name : undefined },
  );
}

/**
 * Turns an error of connecting into one sentence that names the setting (without its password) and says what to do.
 * @returns a TransientFailure where waiting may help (a server that starts), a TerminalFailure where only a change of
 *   settings does;
 * null when the error's code is none of a connection's.
 */
export function connectionFailure(
  error: unknown,
  { url, settingName }: DatabasePlace,
): TerminalFailure | TransientFailure | null {
  const code = databaseErrorCode(error);
  const refusal = refusalOf(error, code);
  if (refusal === null) return null;
  const message = `Cannot connect to the database that ${settingName} names (${describeDatabase(url)}): ${refusal.reason}${code === null ? '' : ` (${code})`}.`;
  return refusal.mayPass
    ? new TransientFailure('database', message, { cause: error })
    : new TerminalFailure('database', message, { cause: error });
}

function refusalOf(error: unknown, code: string | null): { readonly reason: string; readonly mayPass: boolean } | null {
  // pg gives it no code, and may say it of a server that is just starting.
  if (error instanceof Error && error.message === 'The server does not support SSL connections') {
    return {
      reason: 'the server speaks no TLS. Switch it on there (ssl = on), or take sslmode out of the URL',
      mayPass: true,
    };
  }
  if (code === null) return null;
  // Postgres has one code for all that pg_hba.conf refuses. This decides on words alone, never on what is done.
  if (code === '28000' && error instanceof Error && /client certificate/iu.test(error.message)) {
    return {
      reason: 'the server asks for a client certificate. Add sslcert=/path/client.pem and sslkey=/path/client.key',
      mayPass: false,
    };
  }
  const reason = certificateRefusals[code];
  return refusals[code] ?? (reason === undefined ? null : { reason, mayPass: false });
}
