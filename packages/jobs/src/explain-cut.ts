import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { RedisNode } from './redis-address.ts';
import { RedisRefusal } from './redis-refusal.ts';

/** Codes that say that a connection ended, and not why. */
const vague: readonly string[] = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];
const waitMs = 1000;

/**
 * Finds out why a connection was cut or never answered, where that has to do with TLS: one side speaks it and the other
 * does not, or the server asks for a client certificate, which with TLS 1.3 it says only after the handshake, to
 * whoever still listens. Asks the server once more, without a password.
 * @returns what is to be told instead; the error itself where nothing better is known.
 */
export async function explainCut(error: unknown, node: RedisNode, tls: ConnectionOptions | null): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!vague.includes(code)) return error;
  if (tls === null) {
    if (!(await speaksTls(node))) return error;
    return new RedisRefusal('it asks for TLS. Write rediss:// instead of redis://', { mayPass: false });
  }
  if (await speaksPlain(node)) {
    return new RedisRefusal('it does not speak TLS on this port. Correct the port, or write redis:// for no TLS', {
      mayPass: false,
    });
  }
  return (await alertOf(node, tls)) ?? error;
}

function speaksPlain(node: RedisNode): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(node);
    const end = (isPlain: boolean): void => {
      socket.destroy();
      resolve(isPlain);
    };
    socket.setTimeout(waitMs, () => end(false));
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => end(/^[+-]/u.test(data.toString('latin1'))));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}

function speaksTls(node: RedisNode): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...node, rejectUnauthorized: false });
    const end = (isTls: boolean): void => {
      socket.destroy();
      resolve(isTls);
    };
    socket.setTimeout(waitMs, () => end(false));
    socket.on('secureConnect', () => end(true));
    socket.on('error', (error) => end('code' in error && /^ERR_SSL_.*ALERT/u.test(String(error.code))));
    socket.on('close', () => end(false));
  });
}

/** What a server says of a handshake after it; null when it says nothing. */
function alertOf(node: RedisNode, tls: ConnectionOptions): Promise<Error | null> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...node, ...tls });
    const end = (found: Error | null): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(waitMs, () => end(null));
    socket.on('error', (error) => end(error));
    socket.on('close', () => end(null));
  });
}
