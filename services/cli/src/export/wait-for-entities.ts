import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceContext } from '@voxport/runtime';
import { countDueEntities, readUnknownVersions, requestEntities } from '@voxport/warehouse';

const pollMs = 100;

/**
 * Waits until every entity that was due has been synced, or has failed: what the worker does beside the conversations
 * takes a few requests.
 */
export async function waitForEntities(
  { database: { kysely }, sources }: ServiceContext,
  options: { signal: AbortSignal; refusePaused: () => Promise<void> },
): Promise<void> {
  for (const { config } of sources) {
    if (config.entities === undefined || config.entities === null) continue;
    const { sourceId } = config;
    let lastUnknown: string | null = null;
    for (;;) {
      while ((await countDueEntities(kysely, sourceId)) > 0) {
        await options.refusePaused();
        await sleep(pollMs, undefined, { signal: options.signal });
      }
      // The calls of this run may name versions that were not known when the worker asked for them. One that is still
      // unknown after that cannot be had.
      const [unknown] = await readUnknownVersions(kysely, { sourceId, after: null, limit: 1 });
      if (unknown === undefined || lastUnknown === unknown.versionId) break;
      lastUnknown = unknown.versionId;
      await requestEntities(kysely, { sourceId, entities: ['agent_versions'] });
    }
  }
}
