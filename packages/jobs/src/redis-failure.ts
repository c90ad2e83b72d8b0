import { certificateRefusals, TerminalFailure, TransientFailure } from '@voxport/domain';
import { describeRedis, parseRedisUrl, RedisUrlError } from './redis-address.ts';
import { CertificateFileError } from './redis-client.ts';
import { RedisRefusal } from './redis-refusal.ts';
import { replyCode } from './redis-rights.ts';

interface Refusal {
  /** What is wrong, and what to do. */
  readonly reason: string;
  /** Whether waiting may help. */
  readonly mayPass: boolean;
}

/** By the code of a socket's error. */
const socketRefusals: Readonly<Record<string, Refusal>> = {
  ECONNREFUSED: { reason: 'nothing listens there. Start Redis, or correct host and port', mayPass: true },
  ENOTFOUND: { reason: 'the host name is unknown. Correct the host', mayPass: true },
  EAI_AGAIN: { reason: 'the host name cannot be looked up at present. Check the name server', mayPass: true },
  EHOSTUNREACH: { reason: 'the host cannot be reached. Check the host and the network', mayPass: true },
  ENETUNREACH: { reason: 'the network cannot be reached. Check the network', mayPass: true },
  EADDRNOTAVAIL: { reason: 'this machine has no address of that kind. Check the host and the network', mayPass: true },
  ETIMEDOUT: { reason: 'the host does not answer. Check the host, the port and the firewall', mayPass: true },
  ECONNRESET: {
    reason:
      'the connection was cut. Check that a Redis stands behind the port, and whether it asks for TLS (rediss:// instead of redis://)',
    mayPass: true,
  },
  EPIPE: {
    reason:
      'the connection was cut. Check that a Redis stands behind the port, and whether it asks for TLS (rediss:// instead of redis://)',
    mayPass: true,
  },
};

/** By the code before the server's own words. */
const replyRefusals: Readonly<Record<string, Refusal>> = {
  WRONGPASS: {
    reason: 'the user name or the password is wrong, or the user is switched off. Correct them in the URL',
    mayPass: false,
  },
  NOAUTH: {
    reason: 'it asks for a password, and the URL has none. Write it as user:password@ before the host',
    mayPass: false,
  },
  LOADING: { reason: 'it is still loading its data', mayPass: true },
  MASTERDOWN: { reason: 'it is a replica whose primary is away. Name the primary', mayPass: true },
  READONLY: { reason: 'it is a replica, which takes no writes. Name the primary', mayPass: false },
  CLUSTERDOWN: {
    reason: 'the cluster is down: not every slot has a node. redis-cli --cluster check tells which',
    mayPass: true,
  },
};

/**
 * One sentence on why a Redis cannot be used, with the setting and the address, without a password.
 * @returns a TransientFailure where waiting may help (a server that starts), a TerminalFailure where only a change
 *   does.
 */
export function redisFailure(url: string, error: unknown, settingName: string): TransientFailure | TerminalFailure {
  if (error instanceof TerminalFailure || error instanceof TransientFailure) return error;
  if (error instanceof RedisUrlError) {
    return new TerminalFailure('connection', `${settingName} cannot be read: ${error.message}.`);
  }
  const { reason, mayPass } = refusalOf(error);
  const message = `${settingName}: the queue's store at ${describeRedis(parseRedisUrl(url))} cannot be used: ${reason}.`;
  return mayPass
    ? new TransientFailure('connection', message, { cause: error })
    : new TerminalFailure('connection', message, { cause: error });
}

function refusalOf(error: unknown): Refusal {
  const nested: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (nested instanceof RedisRefusal) return { reason: nested.message, mayPass: nested.mayPass };
  if (nested instanceof CertificateFileError) {
    return { reason: `${nested.message}. Correct the path, or the rights on the file`, mayPass: false };
  }
  const reply = replyCode(nested);
  if (reply !== null && replyRefusals[reply] !== undefined) return replyRefusals[reply];
  const code = nested instanceof Error && 'code' in nested && typeof nested.code === 'string' ? nested.code : null;
  if (code !== null && socketRefusals[code] !== undefined) {
    const { reason, mayPass } = socketRefusals[code];
    return { reason: `${reason} (${code})`, mayPass };
  }
  if (code !== null && certificateRefusals[code] !== undefined) {
    return { reason: `${certificateRefusals[code]} (${code})`, mayPass: false };
  }
  const said = nested instanceof Error ? nested.message : String(nested);
  return { reason: `${said}. Start it, or correct the URL`, mayPass: true };
}
