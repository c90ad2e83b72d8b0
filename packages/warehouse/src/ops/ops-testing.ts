import { sql } from 'kysely';
import type { ConversationPage, Priority, ListedConversation, Origin, TimeRange } from '@voxport/domain';
import { createWarehouse } from '../../test/warehouse-database.ts';
import type { TransactionalExecutor } from '../executor.ts';
import { landPayloads, prepareLanding } from '../raw/land-payloads.ts';
import { failListing } from './inventory/end-in-failure.ts';
import { inventoryDays, loadedVersions } from './inventory/inventory-counts.ts';
import { startRun } from './runs/runs.ts';
import { savePage, type SavedPage } from './windows/save-page.ts';
import { registerSource } from './sources.ts';
import { insertWindows, type Window } from './windows/windows.ts';
import { isPending } from './inventory/is-pending.ts';

export const day = (text: string): Date => new Date(`2026-09-${text}T00:00:00Z`);
const wholeMonth: TimeRange = { after: day('01'), before: day('30') };

/** A conversation as a list page tells of it. Another `look` is another fingerprint. */
export function listed(conversationId: string, look = 'first', startedAt: Date | null = day('10')): ListedConversation {
  return {
    conversationId,
    agentId: 'agent',
    startedAt,
    status: 'done',
    isTerminal: true,
    fingerprint: `${conversationId}-${look}`,
    row: { conversation_id: conversationId, look },
  };
}

/** A page of these conversations. */
export function pageOf(
  conversations: readonly ListedConversation[],
  more: { hasMore?: boolean; nextCursor?: string | null; unusableRows?: readonly unknown[] } = {},
): ConversationPage {
  return {
    conversations,
    hasMore: more.hasMore ?? false,
    rowCount: conversations.length + (more.unusableRows?.length ?? 0),
    nextCursor: more.nextCursor ?? null,
    totalCount: null,
    unusableRows: more.unusableRows ?? [],
  };
}

/** One source of a database shared by the tests of a file, with short ways to bring it into a state. */
export interface TestSource {
  readonly kysely: TransactionalExecutor;
  readonly sourceId: string;
  startRun(kind?: 'sync' | 'backfill'): Promise<number>;
  /** One window of a run; of a new one unless given. */
  window(options?: { runId?: number; range?: TimeRange; priority?: Priority; origin?: Origin }): Promise<Window>;
  /** Lists these conversations on the last page of a window of their own. */
  list(
    conversations: readonly ListedConversation[],
    options?: { runId?: number; priority?: Priority; origin?: Origin },
  ): Promise<Extract<SavedPage, { kind: 'saved' }>['wanted']>;
  /** Lands a body as the answer to a generation of a detail request. */
  land(conversationId: string, generation: number, body: string, receivedAtMs?: number): Promise<void>;
  inventory(conversationId: string): Promise<Record<string, unknown>>;
  payloads(conversationId: string): Promise<Record<string, unknown>[]>;
  failures(): Promise<Record<string, unknown>[]>;
  set(statement: ReturnType<typeof sql>): Promise<void>;
}

/** A migrated database for the tests of a file, and a function that makes each test a source of its own in it. */
export async function openTestPipeline(
  options: { icuLocale?: string } = {},
): Promise<{ newSource: () => Promise<TestSource> } & AsyncDisposable> {
  const warehouse = await createWarehouse({ poolSizeMax: 6, ...options });
  const { kysely } = warehouse.database;
  let count = 0;
  return {
    newSource: async () => {
      count += 1;
      return makeSource(kysely, `source-${count}`);
    },
    [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose](),
  };
}

async function makeSource(kysely: TransactionalExecutor, sourceId: string): Promise<TestSource> {
  await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
  const rowsOf = async (statement: ReturnType<typeof sql<Record<string, unknown>>>) =>
    (await statement.execute(kysely)).rows;
  const source: TestSource = {
    kysely,
    sourceId,
    startRun: (kind = 'sync') => startRun(kysely, { kind, sourceId, range: null, filters: {} }),
    async window({ runId, range = wholeMonth, priority = 'live', origin = 'poll' } = {}) {
      const run = runId ?? (await source.startRun(origin === 'backfill' ? 'backfill' : 'sync'));
      const plan = { runId: run, sourceId, ranges: [range], filters: {}, priority, origin };
      return (await insertWindows(kysely, plan))[0]!;
    },
    async list(conversations, options = {}) {
      const window = await source.window(options);
      const saved = await savePage(kysely, { window, page: pageOf(conversations) });
      if (saved.kind !== 'saved') throw new Error('the page was stale');
      return saved.wanted;
    },
    async land(conversationId, generation, body, receivedAtMs = performance.now()) {
      const payload = { conversationId, body: Buffer.from(body), receivedAtMs };
      await landPayloads(kysely, sourceId, [await prepareLanding({ payload, generation })]);
    },
    async inventory(conversationId) {
      const [row] = await rowsOf(sql`
        select * from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${conversationId}`);
      if (row === undefined) throw new Error(`there is no ${conversationId}`);
      return row;
    },
    payloads: (conversationId) =>
      rowsOf(sql`
        select * from voxport_raw.payloads where source_id = ${sourceId} and conversation_id = ${conversationId} order by payload_id`),
    failures: () => rowsOf(sql`select * from voxport_ops.failures where source_id = ${sourceId} order by failure_id`),
    set: async (statement) => void (await statement.execute(kysely)),
  };
  return source;
}

/** Whether somebody waits for a lock in the database of the tests. */
export async function isWaitingForLock({ kysely }: TestSource): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
  `.execute(kysely);
  return rows.length > 0;
}

/** Fails a window as a list does that cannot be had. */
export function failWindowOf({ kysely, sourceId }: TestSource, { windowId, runId }: Window): Promise<void> {
  return failListing(kysely, {
    sourceId,
    stage: 'list',
    conversationId: null,
    payloadId: null,
    windowId,
    runId,
    code: 'server_error',
    message: 'the list cannot be had',
    status: 500,
    attempts: 8,
  });
}

/**
 * The days and mapping versions of a source whose counts are not those of its rows; read in one statement, so that
 * others may write meanwhile.
 */
export async function wrongCounts({ kysely, sourceId }: TestSource): Promise<unknown[]> {
  const { rows } = await sql`
    select day, state, sum(n) as n
    from (
      select (started_at at time zone 'UTC')::date as day, state, count(*) as n from voxport_ops.inventory where source_id = ${sourceId} group by 1, 2
      union all
      select (started_at at time zone 'UTC')::date, 'never_loaded', count(*) from voxport_ops.inventory
      where source_id = ${sourceId} and ${isPending()} and loaded_at is null group by 1
      union all
      select day, state, -n
      from (${inventoryDays(sourceId, sql`true`)}) days,
        lateral (values ('discovered', discovered), ('fetched', fetched), ('loaded', loaded), ('failed', failed), ('gone', gone),
          ('cancelled', cancelled), ('never_loaded', never_loaded)) as v (state, n)
      union all
      select null, 'version ' || version, n from (
        select least(mapping_version, transcript_mapping_version) as version, 1 as n
        from voxport_ops.loaded_conversations where source_id = ${sourceId} and mapping_version is not null
        union all select mapping_version, -conversations from (${loadedVersions(sql`${sourceId}`)}) loaded
      ) versions
    ) counted
    group by 1, 2 having sum(n) <> 0
  `.execute(kysely);
  return rows;
}
