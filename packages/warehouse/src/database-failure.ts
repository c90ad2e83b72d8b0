import pg from 'pg';
import { TerminalFailure, TransientFailure } from '@voxport/domain';

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
    reason: 'the server refuses this user, or refuses it without encryption. Correct the user, or add sslmode=require',
    mayPass: false,
  },
  '3D000': { reason: 'the database does not exist. Create it, or correct its name', mayPass: false },
  '42501': { reason: 'the user may not connect to this database. Grant it CONNECT', mayPass: false },
  SELF_SIGNED_CERT_IN_CHAIN: {
    reason: 'its certificate is not trusted. Add sslrootcert with the authority, or sslmode=no-verify',
    mayPass: false,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    reason: 'its certificate is signed by itself. Add sslrootcert with the certificate, or sslmode=no-verify',
    mayPass: false,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    reason: 'its certificate cannot be verified. Add sslrootcert with the authority, or sslmode=no-verify',
    mayPass: false,
  },
  CERT_HAS_EXPIRED: { reason: 'its certificate has expired. Renew it', mayPass: false },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: 'its certificate was issued for another host. Correct the host, or the certificate',
    mayPass: false,
  },
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
    const { user, host, port, database } = new pg.Client({ connectionString: url });
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
  const refusal = code === null ? undefined : refusals[code];
  if (refusal === undefined) return null;
  const message = `Cannot connect to the database that ${settingName} names (${describeDatabase(url)}): ${refusal.reason} (${code}).`;
  return refusal.mayPass
    ? new TransientFailure('database', message, { cause: error })
    : new TerminalFailure('database', message, { cause: error });
}
