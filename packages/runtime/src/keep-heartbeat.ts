import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { version } from '@voxport/domain';
import { endProcess, heartbeatEveryMs, signalProcess, type Database, type FleetRole } from '@voxport/warehouse';
import type { ServiceContext } from './service-context.ts';
import { repeat } from './repeat.ts';
import { settledWithin } from './settled-within.ts';

/** A process that ends does not wait longer than this for a database that is away. */
const signOffMs = 2000;

/**
 * Gives the heartbeats of a process of the fleet while it runs, so that a role that nobody has any more is seen within
 * half a minute. Disposing signs the process off.
 */
export async function keepHeartbeat(
  {
    database,
    logger,
    outages,
  }: Pick<ServiceContext, 'logger' | 'outages'> & {
    readonly database: Pick<Database, 'kysely'>;
  },
  roles: readonly FleetRole[],
): Promise<AsyncDisposable> {
  const self = { processId: randomUUID(), roles, host: hostname(), pid: process.pid, release: version };
  const signal = (): Promise<void> => signalProcess(database.kysely, self);
  const onError = (error: unknown): void =>
    outages.report({ store: 'database', error, logger, what: 'the heartbeat of this process could not be written' });
  await signal().catch(onError);
  const beating = repeat({ everyMs: heartbeatEveryMs, step: signal, onError, closeWithinMs: signOffMs });
  return {
    async [Symbol.asyncDispose]() {
      await beating[Symbol.asyncDispose]();
      await settledWithin(endProcess(database.kysely, self.processId).catch(onError), signOffMs);
    },
  };
}
