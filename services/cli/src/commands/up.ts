import { once } from 'node:events';
import { startGateway } from '@voxport/gateway';
import { startLoader } from '@voxport/loader';
import { startScheduler } from '@voxport/scheduler';
import { keepHeartbeat } from '@voxport/runtime';
import type { FleetRole } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withServiceContext } from '../export/with-service-context.ts';

/** `voxport up`: every service in this process, on the schedule, until a signal. */
export async function up(command: CommandContext): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: true });
  return withServiceContext<ExitCode>(command, { config, sourceId: null, service: 'up' }, async (context, database) => {
    await using opened = new AsyncDisposableStack();
    // In the order of the data: the scheduler stops first, so that nothing new is planned for the others.
    for (const start of [startLoader, startWorker, startScheduler]) {
      const service = await start(context);
      opened.defer(() => service.close());
    }
    // Last: whoever logs in finds the others at work.
    const roles: FleetRole[] = ['scheduler', 'worker', 'loader'];
    const { http } = config;
    if (http.port !== null) {
      const gateway = await startGateway(context, { ...http, port: http.port, note: command.note });
      opened.defer(() => gateway.close());
      roles.push('gateway');
      command.note(`The operators' page: ${http.publicUrl ?? gateway.url}`);
    }
    opened.use(await keepHeartbeat(context, roles));
    context.logger.info({ sources: context.sources.map((source) => source.config.sourceId) }, 'voxport is up');
    if (database.psqlCommand !== null) command.note(`Look at the tables: ${database.psqlCommand}`);
    if (!command.signal.aborted) await once(command.signal, 'abort');
    context.logger.info('voxport goes down: running work is handed back');
    return 0;
  });
}
