import { sql } from 'kysely';
import { planListing, type ListFilters } from '@voxport/domain';
import type { OpenTransaction, TransactionalExecutor } from '../../executor.ts';
import { startRun } from '../runs/runs.ts';
import { insertWindows, type Window } from '../windows/windows.ts';
import { readListing } from './read-listing.ts';

/**
 * What a source's syncs list: all conversations that match the filters, from a call start on (null: from the
 * beginning).
 */
export interface ListScope {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly since: Date | null;
  /** Calls may appear in the list so many seconds after they have started. */
  readonly lookbackSecs: number;
}

/** A sync with the windows that were planned for it. */
export interface StartedSync {
  readonly runId: number;
  readonly windows: readonly Window[];
}

/**
 * Plans what a source lacks, in one transaction: everything wanted that is not settled, less what open windows are
 * listing. Two plannings at once wait for one another by the source's row. The run is begun with its windows, or is the
 * one given, which lists until now even if it could wait. What a window is planned for and does not list, because it
 * fails, is cancelled or gets lost, is not covered, and the next sync plans it again. Resolves with null when there is
 * nothing to list, and no run was given. The windows are to be enqueued; the sweep does it where the process dies
 * before.
 * @throws Error when the source was never registered.
 */
export async function startSync(
  database: TransactionalExecutor,
  scope: ListScope,
  runId: number | null = null,
): Promise<StartedSync | null> {
  const { sourceId, filters, since, lookbackSecs } = scope;
  return database.transaction().execute(async (transaction) => {
    await adoptListScope(transaction, scope);
    const listing = await readListing(transaction, { sourceId, filters });
    const planned = planListing({ ...listing, since, lookbackSecs, awaits: runId === null });
    if (planned.length === 0 && runId === null) return null;
    const run = runId ?? (await startRun(transaction, { kind: 'sync', sourceId, range: null, filters }));
    const windows: Window[] = [];
    for (const priority of ['live', 'backfill'] as const) {
      const ranges = planned.filter(({ isNew }) => isNew === (priority === 'live')).map(({ range }) => range);
      if (ranges.length === 0) continue;
      windows.push(
        ...(await insertWindows(transaction, { runId: run, sourceId, ranges, filters, priority, origin: 'poll' })),
      );
    }
    return { runId: run, windows };
  });
}

/**
 * Locks the source, and notes what its syncs list. With other filters than before the windows of earlier syncs end:
 * what they would list is not wanted. What they have listed stays covered, for whoever goes back to those filters.
 */
async function adoptListScope(transaction: OpenTransaction, scope: ListScope): Promise<void> {
  const { sourceId, lookbackSecs } = scope;
  const filters = JSON.stringify(scope.filters);
  const since = scope.since?.toISOString() ?? null;
  const { rows } = await sql<{ isSame: boolean; hasSameFilters: boolean; looksBackFurther: boolean }>`
    select lookback_secs < ${lookbackSecs}::float8 as "looksBackFurther", coalesce(list_filters = ${filters}::jsonb, false) as "hasSameFilters",
           coalesce(list_filters = ${filters}::jsonb, false) and list_since is not distinct from ${since}::timestamptz
             and lookback_secs = ${lookbackSecs}::float8 as "isSame"
    from voxport_ops.sources where source_id = ${sourceId} for no key update
  `.execute(transaction);
  const [known] = rows;
  if (known === undefined) throw new Error(`Source "${sourceId}" was never registered.`);
  if (known.isSame) return;
  await sql`
    update voxport_ops.sources
    set list_filters = ${filters}::jsonb, list_since = ${since}::timestamptz, lookback_secs = ${lookbackSecs}::float8, updated_at = now()
    where source_id = ${sourceId}
  `.execute(transaction);
  if (known.looksBackFurther) await unsettle(transaction, sourceId, lookbackSecs);
  if (known.hasSameFilters) return;
  await sql`
    with ended as (
      update voxport_ops.windows w set state = 'cancelled', updated_at = now()
      from voxport_ops.runs r
      where r.run_id = w.run_id and r.kind = 'sync' and w.source_id = ${sourceId} and w.state in ('open', 'failed') and w.filters <> ${filters}::jsonb
      returning w.window_id
    )
    update voxport_ops.failures f set resolved_at = now(), resolution = 'discarded'
    from ended where f.window_id = ended.window_id and f.stage = 'list' and f.resolved_at is null
  `.execute(transaction);
}

/** What was settled by a shorter lookback is listed again, as far back as the longer one reaches from now. */
async function unsettle(transaction: OpenTransaction, sourceId: string, lookbackSecs: number): Promise<void> {
  await sql`
    update voxport_ops.coverage
    set settled = settled - tstzmultirange(tstzrange(now() - ${lookbackSecs}::float8 * interval '1 second', null)), updated_at = now()
    where source_id = ${sourceId}
  `.execute(transaction);
}
