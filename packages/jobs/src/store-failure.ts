import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { connectionFailure } from '@voxport/postgres';
import { isRedisUrl } from './redis-address.ts';
import { redisFailure } from './redis-failure.ts';

/** One sentence that names the setting and the address, without the password that a URL may hold. */
export function storeFailure(
  queueUrl: string,
  error: unknown,
  settingName: string,
): TransientFailure | TerminalFailure {
  // It has said what is wrong itself.
  if (error instanceof TerminalFailure) return error;
  if (isRedisUrl(queueUrl)) return redisFailure(queueUrl, error, settingName);
  const refused = connectionFailure(error, { url: queueUrl, settingName });
  if (refused !== null) return refused;
  const { protocol, host, pathname } = new URL(queueUrl);
  const nested = error instanceof AggregateError ? error.errors[0] : error;
  const reason = nested instanceof Error ? nested.message : String(nested);
  return new TransientFailure(
    'connection',
    `${settingName}: the queue's store at ${protocol}//${host}${pathname} cannot be used: ${reason}. Start it, or correct the URL.`,
    { cause: error },
  );
}
