import { startLoader } from '@voxport/loader';
import type { ServiceContext } from '@voxport/runtime';
import { startScheduler } from '@voxport/scheduler';
import { startWorker } from '@voxport/worker';

/** Starts every service of a fleet in this process; closed with the scope. */
export async function startFleet(context: ServiceContext): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  for (const start of [startLoader, startWorker, startScheduler]) {
    const service = await start(context);
    opened.defer(() => service.close());
  }
  return opened.move();
}
