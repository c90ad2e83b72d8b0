import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions as AllRedisOptions } from 'ioredis';
import { explainCut } from './explain-cut.ts';
import type { RedisAddress, RedisNode, RedisTls } from './redis-address.ts';

/** A connection to a Redis that lasts: it is made again as often as it breaks. */
export type RedisClient = Redis | Cluster;

export interface RedisClientOptions {
  /** A command that is not answered for longer is given up, and its connection with it. */
  readonly answerTimeoutMs: number;
  /** Asked before a connection is made again: the password as it is now; null where it stays what it was. */
  readonly readPassword: (() => string | null) | null;
}

/** Replies stay as BullMQ reads them. */
type RedisOptions = Omit<AllRedisOptions, 'replyMapping'>;

const connectTimeoutMs = 5000;

/** A file that a URL names cannot be read. The message names parameter and path. */
export class CertificateFileError extends Error {
  override readonly name = 'CertificateFileError';
}

/**
 * Makes the client of an address, for BullMQ; nothing is sent before it connects. Of Sentinels it asks the server's
 * address before every connection.
 * @throws CertificateFileError where a file of the URL cannot be read.
 */
export function makeRedisClient(address: RedisAddress, options: RedisClientOptions): RedisClient {
  const { nodes, kind, masterName, database } = address;
  const again = retryStrategyOf(options.readPassword);
  const common: RedisOptions = {
    ...credentialsOf(address),
    // BullMQ requires an unlimited number of retries a request: a command waits for the reconnection.
    maxRetriesPerRequest: null,
    connectTimeout: connectTimeoutMs,
    // Without it a connection that swallows bytes is waited for without end. It runs only while an answer is due.
    socketTimeout: options.answerTimeoutMs,
  };
  if (kind === 'cluster') {
    return new Cluster([...nodes], {
      lazyConnect: true,
      redisOptions: common,
      clusterRetryStrategy: reconnectDelayMs,
      // A node that restarts keeps its slots: nothing would be moved, and so nothing refreshed.
      clusterNodeRetryStrategy: again,
      // Names are resolved by the connection itself: its certificate is for the name.
      dnsLookup: (host, callback) => callback(null, host),
    });
  }
  if (kind === 'sentinel') {
    return new Redis({
      ...common,
      ...sentinelsOf(address),
      name: masterName ?? '',
      db: database,
      lazyConnect: true,
      retryStrategy: again,
      sentinelRetryStrategy: reconnectDelayMs,
      sentinelCommandTimeout: connectTimeoutMs,
      // What was the primary and lives on becomes a replica: the command is sent again to the one that is it now.
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    });
  }
  return new Redis({ ...common, ...nodes[0]!, db: database, lazyConnect: true, retryStrategy: again });
}

/**
 * Connects once to one server of an address, or to one of its Sentinels. The caller disconnects it.
 * @throws the event of the socket rather than what the client makes of it, because it has the code.
 */
export async function connectOnce(
  address: RedisAddress,
  node: RedisNode,
  role: 'server' | 'sentinel' = 'server',
): Promise<Redis> {
  const credentials =
    role === 'server'
      ? { ...credentialsOf(address), db: address.database }
      : {
          ...(address.tls === null ? {} : { tls: tlsOptions(address.tls) }),
          ...loginOf(address.sentinelUsername, address.sentinelPassword),
        };
  const redis = new Redis({
    ...node,
    ...credentials,
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: connectTimeoutMs,
    commandTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    // INFO is asked for by who needs it, and may be what a user lacks.
    enableReadyCheck: false,
  });
  const errors: Error[] = [];
  redis.on('error', (error: Error) => errors.push(error));
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    // What `connect` says of a refused connection is less than the event before it.
    const found = errors.find((one) => 'code' in one) ?? errors[0] ?? error;
    throw await explainCut(found, node, address.tls === null ? null : tlsOptions(address.tls));
  }
}

function credentialsOf(address: RedisAddress): RedisOptions {
  return {
    ...(address.tls === null ? {} : { tls: tlsOptions(address.tls) }),
    ...loginOf(address.username, address.password),
  };
}

function loginOf(username: string | null, password: string | null): RedisOptions {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

function sentinelsOf(address: RedisAddress): RedisOptions {
  return {
    sentinels: [...address.nodes],
    ...(address.sentinelUsername === null ? {} : { sentinelUsername: address.sentinelUsername }),
    ...(address.sentinelPassword === null ? {} : { sentinelPassword: address.sentinelPassword }),
    ...(address.tls === null ? {} : { sentinelTLS: tlsOptions(address.tls), enableTLSForSentinelMode: true }),
  };
}

function tlsOptions({ caFile, certFile, keyFile, isVerified }: RedisTls): ConnectionOptions {
  return {
    rejectUnauthorized: isVerified,
    ...(caFile === null ? {} : { ca: readPem('sslrootcert', caFile) }),
    ...(certFile === null ? {} : { cert: readPem('sslcert', certFile) }),
    ...(keyFile === null ? {} : { key: readPem('sslkey', keyFile) }),
  };
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CertificateFileError(`the file that ${parameter} names, ${path}, cannot be read`, { cause: error });
  }
}

function reconnectDelayMs(times: number): number {
  return Math.min(100 * times, 2000);
}

/**
 * How long to wait before a connection is made again. ioredis calls it on the options that it connects with, and has no
 * other place for a password that changes.
 */
function retryStrategyOf(readPassword: RedisClientOptions['readPassword']): (times: number) => number {
  if (readPassword === null) return reconnectDelayMs;
  return function readAgain(this: unknown, times: number): number {
    const password = readPassword();
    if (password !== null && typeof this === 'object' && this !== null) Object.assign(this, { password });
    return reconnectDelayMs(times);
  };
}
