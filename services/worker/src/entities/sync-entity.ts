import {
  TerminalFailure,
  type EntityItem,
  type EntityName,
  type EntityPage,
  type EntityRequest,
} from '@voxport/domain';
import type { NamedVersion } from '@voxport/warehouse';

/** Versions that are looked up at once. */
const versionsAtOnce = 200;

export interface SyncEntityDependencies {
  /** Asks for a page; each call is a request. */
  readonly list: (request: EntityRequest, signal: AbortSignal) => Promise<EntityPage>;
  /** The markers of what is known, by id. */
  readonly readMarkers: (entity: EntityName) => Promise<ReadonlyMap<string, string>>;
  readonly readUnknownVersions: (after: NamedVersion | null, limit: number) => Promise<readonly NamedVersion[]>;
  /** Makes items durable as they came, and rows of them. */
  readonly save: (items: readonly EntityItem[]) => Promise<void>;
  /** Ends what is not among these. */
  readonly endMissing: (seenIds: readonly string[]) => Promise<void>;
}

/** What a sync of one entity has seen and spent. */
export interface SyncedEntity {
  readonly items: number;
  readonly requests: number;
}

/**
 * Makes the sync of one entity: lists it whole, page by page, saves what has changed, and ends what the complete list
 * no longer has. Throws what a request or a statement throws; what was saved before stays, and nothing has ended then.
 */
export function makeSyncEntity(dependencies: SyncEntityDependencies) {
  const { readMarkers, readUnknownVersions, save, endMissing } = dependencies;

  return async function syncEntity(entity: EntityName, signal: AbortSignal): Promise<SyncedEntity> {
    let requests = 0;
    const list = (request: EntityRequest): Promise<EntityPage> => {
      requests += 1;
      return dependencies.list(request, signal);
    };
    const seen: string[] = [];
    switch (entity) {
      case 'agents':
        await syncAgents();
        break;
      case 'agent_branches':
        await syncBranches();
        break;
      case 'agent_versions':
        await syncVersions();
        // A version is only ever added.
        return { items: seen.length, requests };
      case 'tools':
      case 'tags':
      case 'phone_numbers':
      case 'batch_calls':
        for await (const items of pages((cursor) => list({ entity, cursor }))) {
          await save(items);
          seen.push(...items.map(({ entityId }) => entityId));
        }
    }
    await endMissing(seen);
    return { items: seen.length, requests };

    /** The settings of an agent are asked for when its list says that they have changed. */
    async function syncAgents(): Promise<void> {
      const known = await readMarkers('agents');
      for await (const summaries of pages((cursor) => list({ entity: 'agents', cursor }))) {
        for (const summary of summaries) {
          if (known.get(summary.entityId) !== summary.marker) {
            const detail = await unlessGone(list({ entity: 'agent', agentId: summary.entityId }));
            if (detail === null) continue;
            await save([{ ...summary, item: { summary: summary.item, detail: detail.items[0]?.item ?? {} } }]);
          }
          seen.push(summary.entityId);
        }
      }
    }

    async function syncBranches(): Promise<void> {
      for (const agentId of (await readMarkers('agents')).keys()) {
        const branches = await unlessGone(list({ entity: 'agent_branches', agentId }));
        if (branches === null) continue;
        await save(branches.items);
        seen.push(...branches.items.map(({ entityId }) => entityId));
      }
    }

    async function syncVersions(): Promise<void> {
      let after: NamedVersion | null = null;
      for (;;) {
        const unknown: readonly NamedVersion[] = await readUnknownVersions(after, versionsAtOnce);
        for (const { agentId, versionId } of unknown) {
          const version = await unlessGone(list({ entity: 'agent_version', agentId, versionId }));
          if (version === null) continue;
          await save(version.items);
          seen.push(...version.items.map(({ entityId }) => entityId));
        }
        after = unknown.at(-1) ?? null;
        if (unknown.length < versionsAtOnce) return;
      }
    }
  };
}

async function* pages(ask: (cursor: string | null) => Promise<EntityPage>): AsyncGenerator<EntityPage['items']> {
  let cursor: string | null = null;
  do {
    const page: EntityPage = await ask(cursor);
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** An agent that was deleted while its list was read is gone; that is no failure. */
async function unlessGone(asked: Promise<EntityPage>): Promise<EntityPage | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TerminalFailure && error.code === 'not_found') return null;
    throw error;
  }
}
