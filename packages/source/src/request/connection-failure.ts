import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { errors } from 'undici';
import { ResponseTooLargeError, TotalTimeoutError, UndecodableBodyError } from './problems.ts';

/** In words, what the system's or undici's error codes mean; a code that is not here is named as it is. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while the request was sent',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body was cut off',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  EPROTO: 'the TLS handshake failed',
};

const timeouts: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
};

/** The proxy that a source is asked by, in words. */
export interface ProxyInUse {
  readonly setting: string;
  /** Scheme, host and port, without credentials. */
  readonly place: string;
}

/** What undici says of a proxy that answers with something else than a connection (407, 403, 502), or none at all. */
const proxyCodes: readonly string[] = [
  'UND_ERR_ABORTED',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_PRX_TLS',
  'UND_ERR_PROXY_CONNECTION',
];

/** Whether this error is a connection that broke under a request, so that asking again at once is likely to help. */
export function isBrokenConnection(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error));
}

/**
 * Turns what an exchange threw into a failure that names the base URL, so that an unreachable API ends in one clear
 * sentence. Anything that is not a problem of the network or the body comes back as it is: a bug stays loud.
 */
export function connectionFailure(
  error: unknown,
  where: {
    sourceId: string;
    baseUrl: string;
    proxy: ProxyInUse | null;
    subject: string;
    status: number | null;
  },
  redact: (text: string) => string,
): unknown {
  const code = codeOf(error);
  const options = { status: where.status, cause: cleanCause(error, redact) };
  const { proxy } = where;
  const by = proxy === null ? '' : ` by the proxy ${proxy.place} (${proxy.setting})`;
  const prefix = `Source "${where.sourceId}": asked ${where.baseUrl}${by} for ${where.subject}, but `;

  if (error instanceof ResponseTooLargeError) {
    return new TerminalFailure('malformed_response', `${prefix}${error.message}.`, options);
  }
  if (error instanceof UndecodableBodyError)
    return new TransientFailure('malformed_response', `${prefix}${error.message}.`, options);
  if (error instanceof TotalTimeoutError) return new TransientFailure('timeout', `${prefix}${error.message}.`, options);
  if (timeouts[code] !== undefined)
    return new TransientFailure('timeout', `${prefix}${timeouts[code]} (${code}).`, options);
  // Told by its class: undici 8 gives it no code.
  if (error instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new TransientFailure(
      'malformed_response',
      `${prefix}the answer is cut off or no valid HTTP. Check base_url (scheme, host, port) if this stays.`,
      options,
    );
  }
  if (proxy !== null && proxyCodes.includes(code)) {
    return new TransientFailure(
      'connection',
      `${prefix}the proxy did not let it through (${code}). Check ${proxy.setting}: its address, its user and password, and whether it allows this host; or name the host in NO_PROXY.`,
      options,
    );
  }
  if (isMisuse(code)) return error;
  return new TransientFailure(
    'connection',
    `${prefix}${reasonOf(code)} (${code}). Check base_url${proxy === null ? '' : `, ${proxy.setting}`} and the network.`,
    options,
  );
}

function reasonOf(code: string): string {
  return reasons[code] ?? (code.startsWith('ERR_SSL_') ? 'the TLS handshake failed' : 'the connection failed');
}

/**
 * Codes of a wrong call of ours (a closed pool, an argument), and errors without a code: bugs, which must not be
 * retried as a bad network.
 */
function isMisuse(code: string): boolean {
  if (code === '' || /^ERR_(?!SSL_|TLS_)/.test(code)) return true;
  return [
    'UND_ERR',
    'UND_ERR_INVALID_ARG',
    'UND_ERR_INVALID_RETURN_VALUE',
    'UND_ERR_NOT_SUPPORTED',
    'UND_ERR_CLOSED',
    'UND_ERR_DESTROYED',
  ].includes(code);
}

/** Happy eyeballs reports one `AggregateError` for all addresses tried; its code is the first one's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string') return code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : '';
}

/**
 * undici's errors carry raw response data and socket details, which may echo a key: only name, code and words are kept.
 */
function cleanCause(error: unknown, redact: (text: string) => string): Error {
  const clean = new Error(redact(error instanceof Error ? error.message : String(error)));
  clean.name = error instanceof Error ? error.name : 'Error';
  delete clean.stack;
  const code = codeOf(error);
  return code === '' ? clean : Object.assign(clean, { code });
}
