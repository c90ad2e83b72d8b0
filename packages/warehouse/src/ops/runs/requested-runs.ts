import { sql } from 'kysely';
import type { ListFilters, TimeRange } from '@voxport/domain';
import type { Executor, TransactionalExecutor } from '../../executor.ts';
import type { FailureFilter, FailureStage } from '../inventory/list-failures.ts';

/** A run that an operator asks for, and that a scheduler is to plan. */
export type RunRequest =
  | { readonly kind: 'backfill'; readonly range: TimeRange; readonly filters: ListFilters }
  | { readonly kind: 'retry'; readonly failures: FailureFilter };

/** What stands in `runs.request`. Times as text. */
interface StoredFailureFilter {
  readonly stage: FailureStage | null;
  readonly errorClass: string | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly ids: readonly number[] | null;
}

/**
 * Writes a run for each of the given sources; returns their numbers, in that order. Whatever scheduler comes first
 * plans them.
 */
export async function requestRun(
  executor: Executor,
  run: { readonly sourceIds: readonly string[]; readonly request: RunRequest },
): Promise<number[]> {
  const { request } = run;
  const range = request.kind === 'backfill' ? request.range : null;
  const filters = request.kind === 'backfill' ? request.filters : {};
  const { rows } = await sql<{ runId: number }>`
    insert into voxport_ops.runs (kind, source_id, source_ids, range_after, range_before, filters, to_plan, request)
    select ${request.kind}, source_id, array[source_id], ${range?.after?.toISOString() ?? null}::timestamptz, ${range?.before.toISOString() ?? null}::timestamptz,
            ${JSON.stringify(filters)}::jsonb, array[source_id],
            ${request.kind === 'retry' ? JSON.stringify(toStored(request.failures)) : null}::jsonb
    from unnest(${[...run.sourceIds]}::text[]) with ordinality as s (source_id, position) order by position
    returning run_id as "runId"
  `.execute(executor);
  return rows.map((row) => row.runId);
}

interface RequestedRow {
  readonly runId: number;
  readonly kind: string;
  readonly after: Date | null;
  readonly before: Date | null;
  readonly filters: ListFilters;
  readonly failures: StoredFailureFilter | null;
  readonly hasWindows: boolean;
}

/**
 * Has the oldest run that waits for its planning planned for a source, and notes that it is; resolves with its number,
 * or null when none waits. One process at a time: the lock is a row of the source's own, because the planning writes
 * the rows of run and source from other connections; an advisory lock could be held by any reader. A planning whose
 * process died after it wrote the windows is not done twice; one that fails is due again.
 */
export async function planRequestedRun(
  database: TransactionalExecutor,
  sourceId: string,
  plan: (runId: number, request: RunRequest) => Promise<void>,
): Promise<number | null> {
  await sql`
    insert into voxport_ops.planning_locks (source_id) values (${sourceId}) on conflict do nothing
  `.execute(database);
  return database.transaction().execute(async (transaction) => {
    const { rows: locked } = await sql`
      select from voxport_ops.planning_locks where source_id = ${sourceId} for update skip locked
    `.execute(transaction);
    if (locked.length === 0) return null;
    const { rows } = await sql<RequestedRow>`
      select run_id as "runId", kind, range_after as after, range_before as before, filters, request as failures,
             exists (select 1 from voxport_ops.windows w where w.run_id = r.run_id) as "hasWindows"
      from voxport_ops.runs r
      where to_plan is not null and source_id = ${sourceId} and state = 'running' order by run_id limit 1
    `.execute(transaction);
    const row = rows[0];
    if (row === undefined) return null;
    const request = toRequest(row, sourceId);
    if (request !== null && !row.hasWindows) await plan(row.runId, request);
    await sql`
      update voxport_ops.runs set to_plan = null where run_id = ${row.runId}
    `.execute(transaction);
    return row.runId;
  });
}

function toRequest({ kind, after, before, filters, failures }: RequestedRow, sourceId: string): RunRequest | null {
  if (kind === 'backfill' && before !== null) return { kind: 'backfill', range: { after, before }, filters };
  if (kind !== 'retry' || failures === null) return null;
  const { stage, errorClass, since, until, ids } = failures;
  return {
    kind: 'retry',
    failures: { sourceId, stage, errorClass, since: dateOf(since), until: dateOf(until), ids },
  };
}

function toStored({ stage, errorClass, since, until, ids }: FailureFilter): StoredFailureFilter {
  return { stage, errorClass, since: since?.toISOString() ?? null, until: until?.toISOString() ?? null, ids };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
