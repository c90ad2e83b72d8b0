import { snakeJson } from '@voxport/domain';
import { planEntities, readEntityStatus, requestEntities, type EntityStatus } from '@voxport/warehouse';
import { openEntitySync } from '@voxport/worker';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { polledSources } from '../export/polled-sources.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { entitiesText } from '../report/entities-report.ts';

/**
 * `voxport entities`: syncs what conversations name (agents, tools, tags and the like) now, whatever is due. 1 when one
 * of them could not be synced.
 */
export async function entities(
  command: CommandContext,
  options: { source: string | null; json: boolean },
): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: true });
  return withServiceContext<ExitCode>(
    command,
    { config, sourceId: options.source, service: 'entities' },
    async (context) => {
      const { kysely } = context.database;
      const stands: EntityStatus[] = [];
      for (const source of polledSources(context.sources, 'be asked for entities', command.note)) {
        const { sourceId, entities: chosen = null } = source.config;
        await using sync = openEntitySync(context, source);
        if (sync.syncDue === null || chosen === null) {
          command.note(`Source ${sourceId} syncs no entities: set entities: all for it in the file of VOXPORT_CONFIG.`);
          continue;
        }
        await planEntities(kysely, { sourceId, entities: chosen.names });
        await requestEntities(kysely, { sourceId, entities: chosen.names });
        await sync.syncDue(command.signal);
        command.signal.throwIfAborted();
        stands.push(...(await readEntityStatus(kysely, sourceId)));
      }
      command.print(options.json ? snakeJson({ entities: stands }) : entitiesText(stands, command.columns));
      return stands.some(({ errorClass }) => errorClass !== null) ? 1 : 0;
    },
  );
}
