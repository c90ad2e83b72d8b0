/** Where a Redis is, as a URL of the queue says it. */
export interface RedisAddress {
  /** One server; one that Sentinels tell; or a cluster. */
  readonly kind: 'server' | 'sentinel' | 'cluster';
  /** The server, the Sentinels, or some nodes of the cluster; never empty. */
  readonly nodes: readonly RedisNode[];
  /** What the Sentinels call the server; null for the other kinds. */
  readonly masterName: string | null;
  readonly database: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: string | null;
  /** Null: connections are not encrypted. */
  readonly tls: RedisTls | null;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisTls {
  /** Paths of PEM files; null: Node's own authorities, no client certificate. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** False by `sslmode=no-verify`: encrypted, and whoever answers is believed. */
  readonly isVerified: boolean;
}

/** Why a URL names no Redis: half a sentence that quotes no part which may hold a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

const form = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/iu;
const nodeForm = /^(?:\[([0-9a-f:.%]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/iu;
const tlsParameters = ['sslrootcert', 'sslcert', 'sslkey', 'sslmode'] as const;
const sentinelParameters = ['sentinel_username', 'sentinel_password'] as const;

/** The forms of a URL, for messages. */
export const redisUrlForms =
  'redis://user:password@host:6379/0, redis+sentinel://user:password@host1:26379,host2:26379/name, redis+cluster://user:password@host1:6379,host2:6379, each with rediss for TLS';

/** Whether a URL means a Redis, of whichever kind. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?(\+[a-z]+)?:\/\//iu.test(url);
}

/**
 * Reads the URL of a Redis.
 * @throws RedisUrlError that says what is wrong with it.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const match = form.exec(url);
  if (match === null) throw new RedisUrlError(`it has none of the forms ${redisUrlForms}`);
  const [, encrypted, named, user, hosts = '', path = '', query = ''] = match;
  const kind = named === undefined ? 'server' : (named.toLowerCase() as 'sentinel' | 'cluster');
  const nodes = hosts.split(',').map((text) => readNode(text, kind === 'sentinel' ? 26_379 : 6379));
  if (kind === 'server' && nodes.length > 1) {
    throw new RedisUrlError(
      'it names several hosts: that is for redis+sentinel:// and redis+cluster://; redis:// has one',
    );
  }
  const separator = user?.indexOf(':') ?? -1;
  const parameters = readParameters(query, { kind, isEncrypted: encrypted !== '' });
  return {
    kind,
    nodes,
    ...readPath(path, kind),
    username: textOrNull(user === undefined ? '' : separator < 0 ? user : user.slice(0, separator)),
    password: textOrNull(user === undefined || separator < 0 ? '' : user.slice(separator + 1)),
    sentinelUsername: parameters.get('sentinel_username') ?? null,
    sentinelPassword: parameters.get('sentinel_password') ?? null,
    tls:
      encrypted === ''
        ? null
        : {
            caFile: parameters.get('sslrootcert') ?? null,
            certFile: parameters.get('sslcert') ?? null,
            keyFile: parameters.get('sslkey') ?? null,
            isVerified: parameters.get('sslmode') !== 'no-verify',
          },
  };
}

/** The address for people: no user, no password, no parameter. */
export function describeRedis({ kind, nodes, masterName, database, tls }: RedisAddress): string {
  const scheme = `redis${tls === null ? '' : 's'}${kind === 'server' ? '' : `+${kind}`}`;
  const path = [...(masterName === null ? [] : [masterName]), ...(database === 0 ? [] : [String(database)])];
  return [`${scheme}://${nodes.map(describeNode).join(',')}`, ...path].join('/');
}

/** Host and port of a node, for people. */
export function describeNode({ host, port }: RedisNode): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function readNode(text: string, defaultPort: number): RedisNode {
  const match = nodeForm.exec(text);
  if (match === null) {
    throw new RedisUrlError(
      text === ''
        ? 'it names no host'
        : `a host is written as name:port, 127.0.0.1:port or [::1]:port, and special characters of a password are percent-encoded`,
    );
  }
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port < 1 || port > 65_535) throw new RedisUrlError(`${port} is no port`);
  return { host: match[1] ?? match[2] ?? '', port };
}

function readPath(path: string, kind: RedisAddress['kind']): Pick<RedisAddress, 'masterName' | 'database'> {
  const parts = path.split('/').filter((part) => part !== '');
  const name = kind === 'sentinel' ? parts.shift() : null;
  if (name === undefined) {
    throw new RedisUrlError(
      'it lacks the name that the Sentinels know the server by: redis+sentinel://host:26379/mymaster',
    );
  }
  const [text = '0', ...more] = parts;
  if (!/^\d{1,5}$/u.test(text) || more.length > 0) {
    throw new RedisUrlError('what stands after the host is the number of a database, e.g. /0');
  }
  if (kind === 'cluster' && text !== '0') {
    throw new RedisUrlError(`a cluster has no database but 0: take /${text} off`);
  }
  return { masterName: name === null ? null : decoded(name), database: Number(text) };
}

function readParameters(
  query: string,
  { kind, isEncrypted }: { kind: RedisAddress['kind']; isEncrypted: boolean },
): ReadonlyMap<string, string> {
  const parameters = new Map(new URLSearchParams(query));
  const known: string[] = [...tlsParameters, ...(kind === 'sentinel' ? sentinelParameters : [])];
  const strange = [...parameters.keys()].find((name) => !known.includes(name));
  if (strange !== undefined) {
    throw new RedisUrlError(`it has a parameter ${strange}; there are ${known.join(', ')}`);
  }
  const forTls = tlsParameters.find((name) => parameters.has(name));
  if (!isEncrypted && forTls !== undefined) {
    throw new RedisUrlError(`${forTls} is for connections with TLS: write rediss instead of redis`);
  }
  if (parameters.has('sslcert') !== parameters.has('sslkey')) {
    throw new RedisUrlError('sslcert and sslkey go together: the certificate and its key');
  }
  const mode = parameters.get('sslmode');
  if (mode !== undefined && !['verify-full', 'no-verify'].includes(mode)) {
    throw new RedisUrlError('sslmode is verify-full (which it is without) or no-verify');
  }
  return parameters;
}

function textOrNull(text: string): string | null {
  return text === '' ? null : decoded(text);
}

/** A percent sign that begins no code stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
