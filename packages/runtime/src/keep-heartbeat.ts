import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { failureFields, version } from '@voxport/domain';
import { endProcess, heartbeatEveryMs, signalProcess, type Database, type FleetRole } from '@voxport/warehouse';
import type { Logger } from './logger.ts';
import { repeat } from './repeat.ts';

/** A process that ends does not wait longer than this for a database that is away. */
const signOffMs = 2000;

/**
 * Gives the heartbeats of a process of the fleet while it runs, so that a role that nobody has any more is seen within
 * half a minute. Disposing signs the process off. A heartbeat that cannot be given is logged once per outage.
 */
export async function keepHeartbeat(
  { database, logger }: { readonly database: Pick<Database, 'kysely'>; readonly logger: Logger },
  roles: readonly FleetRole[],
): Promise<AsyncDisposable> {
  const self = { processId: randomUUID(), roles, host: hostname(), pid: process.pid, release: version };
  let isAway = false;
  const signal = async (): Promise<void> => {
    await signalProcess(database.kysely, self);
    isAway = false;
  };
  const onError = (error: unknown): void => {
    if (!isAway) logger.warn(failureFields(error), 'the heartbeat of this process could not be written');
    isAway = true;
  };
  await signal().catch(onError);
  const beating = repeat({ everyMs: heartbeatEveryMs, step: signal, onError, closeWithinMs: signOffMs });
  return {
    async [Symbol.asyncDispose]() {
      await beating[Symbol.asyncDispose]();
      await Promise.race([endProcess(database.kysely, self.processId).catch(onError), late()]);
    },
  };
}

function late(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, signOffMs).unref());
}
