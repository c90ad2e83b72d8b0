import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../executor.ts';

/** Where in a conversation's way a failure arose. */
export const failureStages = ['list', 'fetch', 'load', 'webhook'] as const;
export type FailureStage = (typeof failureStages)[number];

/** Which open failures are meant; null means any. */
export interface FailureFilter {
  readonly sourceId: string | null;
  readonly stage: FailureStage | null;
  readonly errorClass: string | null;
  /** Last failed at this time or later. */
  readonly since: Date | null;
  /** Last failed before this time. */
  readonly until: Date | null;
  readonly ids: readonly number[] | null;
}

/** Open failures of one source, stage and class. */
export interface FailureGroup {
  readonly sourceId: string;
  readonly stage: FailureStage;
  readonly errorClass: string;
  readonly count: number;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  readonly exampleId: number;
  readonly exampleConversationId: string | null;
  readonly exampleMessage: string;
}

/** A row of `voxport_ops.failures`. */
export interface FailureRow {
  readonly failureId: number;
  readonly sourceId: string;
  readonly stage: FailureStage;
  readonly conversationId: string | null;
  readonly windowId: number | null;
  readonly runId: number | null;
  readonly errorClass: string;
  readonly message: string;
  readonly httpStatus: number | null;
  readonly attempts: number;
  readonly retries: number;
  readonly payloadId: number | null;
  /** The webhook event that could not be read. */
  readonly eventId: number | null;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
}

const failureColumns = sql`
  failure_id as "failureId", source_id as "sourceId", stage, conversation_id as "conversationId", window_id as "windowId", run_id as "runId",
  error_class as "errorClass", message, http_status as "httpStatus", attempts, retries, payload_id as "payloadId", event_id as "eventId",
  first_failed_at as "firstFailedAt", last_failed_at as "lastFailedAt", resolved_at as "resolvedAt", resolution`;

/** The condition that a row is open and meant by a filter. */
export function isMeant(filter: FailureFilter): RawBuilder<unknown> {
  const ids = filter.ids === null ? null : [...filter.ids];
  return sql`
    resolved_at is null
    and (${filter.sourceId}::text is null or source_id = ${filter.sourceId})
    and (${filter.stage}::text is null or stage = ${filter.stage})
    and (${filter.errorClass}::text is null or error_class = ${filter.errorClass})
    and (${filter.since?.toISOString() ?? null}::timestamptz is null or last_failed_at >= ${filter.since?.toISOString() ?? null}::timestamptz)
    and (${filter.until?.toISOString() ?? null}::timestamptz is null or last_failed_at < ${filter.until?.toISOString() ?? null}::timestamptz)
    and (${ids}::int8[] is null or failure_id = any(${ids}::int8[]))`;
}

/** The open failures in groups of source, stage and class, the largest first, each with its latest example. */
export async function groupFailures(executor: Executor, filter: FailureFilter): Promise<FailureGroup[]> {
  const { rows } = await sql<FailureGroup>`
    select source_id as "sourceId", stage, error_class as "errorClass", count(*) as count, sum(attempts) as attempts,
           min(first_failed_at) as "firstFailedAt", max(last_failed_at) as "lastFailedAt", max(failure_id) as "exampleId",
           (array_agg(conversation_id order by failure_id desc))[1] as "exampleConversationId",
           (array_agg(message order by failure_id desc))[1] as "exampleMessage"
    from voxport_ops.failures where ${isMeant(filter)}
    group by source_id, stage, error_class
    order by count(*) desc, source_id, stage, error_class
  `.execute(executor);
  return rows;
}

/** The open failures one by one, the latest first. */
export async function listFailures(executor: Executor, filter: FailureFilter, limit: number): Promise<FailureRow[]> {
  const { rows } = await sql<FailureRow>`
    select ${failureColumns} from voxport_ops.failures where ${isMeant(filter)}
    order by last_failed_at desc, failure_id desc limit ${limit}
  `.execute(executor);
  return rows;
}

/** How many open failures a filter means. */
export async function countFailures(executor: Executor, filter: FailureFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from voxport_ops.failures where ${isMeant(filter)}
  `.execute(executor);
  return rows[0]?.count ?? 0;
}

/** One failure, open or not; null when there is none of that number. */
export async function readFailure(executor: Executor, failureId: number): Promise<FailureRow | null> {
  const { rows } = await sql<FailureRow>`
    select ${failureColumns} from voxport_ops.failures where failure_id = ${failureId}
  `.execute(executor);
  return rows[0] ?? null;
}
