import { openConfiguredSource, type SourceConfig } from '@voxport/runtime';
import { ok, sentence, warn, type Finding } from './finding.ts';

/**
 * Whether the key of a source may read what conversations name: agents stand for the others, which need the same
 * permission. Nothing where no entities are configured. A warning, for it costs those tables only.
 */
export async function checkEntities(config: SourceConfig, signal: AbortSignal): Promise<Finding[]> {
  const { entities = null, sourceId } = config;
  if (entities === null) return [];
  const check = `entities of ${sourceId}`;
  const source = openConfiguredSource(config, { connectionsMax: 1 });
  try {
    await source.listEntities({ entity: 'agents', cursor: null }, signal);
    return [ok(check, `agents can be listed with this key; synced: ${entities.names.join(', ')}`)];
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      warn(
        check,
        `${sentence(error)} Conversations are exported all the same; the tables of entities stay as they are.`,
        'Give the key the permission convai_read (Agents: read), or set entities: off for this source.',
      ),
    ];
  } finally {
    await source.close();
  }
}
