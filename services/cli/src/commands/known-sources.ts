import { listSources, type Database, type KnownSource } from '@voxport/warehouse';
import { UsageError } from '../usage-error.ts';

/** The sources that the database knows, or the one that is named: also those that are no longer configured. */
export async function knownSources(database: Database, sourceId: string | null): Promise<KnownSource[]> {
  const known = await listSources(database.kysely);
  if (sourceId === null) return known;
  const named = known.filter((source) => source.sourceId === sourceId);
  if (named.length > 0) return named;
  throw new UsageError(
    known.length === 0
      ? `--source "${sourceId}": nothing has been exported yet`
      : `--source "${sourceId}" is not known; the sources are: ${known.map((source) => source.sourceId).join(', ')}`,
  );
}
