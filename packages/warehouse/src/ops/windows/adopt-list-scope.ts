import { sql } from 'kysely';
import type { ListFilters } from '@voxport/domain';
import type { TransactionalExecutor } from '../../executor.ts';

/** What a source's syncs list: all conversations that match the filters, from a call start on (null: from the beginning). */
export interface ListScope {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly since: Date | null;
}

/**
 * Holds a source's watermark to what its syncs list. The watermark says "listed up to here" of certain filters from a certain start; under other filters,
 * or from an earlier start, that is no longer true, and history would be skipped in silence. So the watermark is dropped then, the windows that were to move
 * it are set aside, and the next window begins at `since` again. What is known already costs list pages only: unchanged rows are not fetched.
 * A later `since` changes nothing: more is listed than is asked for.
 * @returns whether the scope had changed.
 */
export async function adoptListScope(database: TransactionalExecutor, scope: ListScope): Promise<boolean> {
  const { sourceId } = scope;
  const filters = JSON.stringify(scope.filters);
  const since = scope.since?.toISOString() ?? null;
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ isKnown: boolean; isWithin: boolean }>`
      select watermark_filters is not null as "isKnown",
             coalesce(watermark_filters = ${filters}::jsonb
               and coalesce(${since}::timestamptz, '-infinity') >= coalesce(watermark_since, '-infinity'), false) as "isWithin"
      from voxport_ops.sources where source_id = ${sourceId} for update
    `.execute(transaction);
    const [known] = rows;
    if (known === undefined || known.isWithin) return false;
    await sql`
      update voxport_ops.sources
      set watermark_filters = ${filters}::jsonb, watermark_since = ${since}::timestamptz,
          watermark_at = case when ${known.isKnown} then null else watermark_at end, updated_at = now()
      where source_id = ${sourceId}
    `.execute(transaction);
    if (!known.isKnown) return false;
    await sql`
      with aside as (
        update voxport_ops.windows
        set moves_watermark = false, state = case when state in ('open', 'failed') then 'cancelled' else state end, updated_at = now()
        where source_id = ${sourceId} and moves_watermark
        returning window_id
      )
      update voxport_ops.failures set resolved_at = now(), resolution = 'recovered'
      from aside where failures.window_id = aside.window_id and stage = 'list' and resolved_at is null
    `.execute(transaction);
    return true;
  });
}
