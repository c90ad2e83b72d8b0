import { sql } from 'kysely';
import type { EntityName } from '@voxport/domain';
import {
  entityMappingVersion,
  entityTables,
  mapEntity,
  type EntityRow,
  type EntityTable,
  type MappedEntity,
} from '@voxport/mapping';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { columnNames, selectList, unnest, type BatchColumn } from '../load/insert-from-unnest.ts';
import { decodeBody } from '../raw/encoding.ts';

/** Payloads that one transaction turns into rows. */
const batchSize = 100;

interface StoredItem {
  readonly payloadId: number;
  readonly entityId: string;
  readonly observedAt: string;
  readonly encoding: string;
  readonly body: Buffer;
  readonly sizeBytes: number;
}

/** A payload with what it becomes. */
interface LoadedItem {
  readonly observedAt: string;
  readonly mapped: MappedEntity;
}

/**
 * Turns what has landed of an entity into rows, and again what an older version of the mapping has loaded: from the raw
 * store alone. A row that has changed ends (`valid_to`), and the next one begins where it ended.
 */
export async function loadEntities(
  kysely: TransactionalExecutor,
  query: { sourceId: string; entity: EntityName },
): Promise<void> {
  for (;;) {
    const taken = await kysely.transaction().execute(async (transaction) => {
      const stored = await takePending(transaction, query);
      const items = await Promise.all(stored.map((item) => mapStored(query.entity, item)));
      await writeItems(transaction, query, items);
      await sql`
        update voxport_raw.entity_payloads set mapping_version = ${entityMappingVersion}
        where payload_id = any(${stored.map(({ payloadId }) => payloadId)}::int8[])
      `.execute(transaction);
      return stored.length;
    });
    if (taken < batchSize) return;
  }
}

/**
 * Ends what a complete list no longer has: its rows end now, and stay for the calls of their time.
 * @returns how many have gone.
 */
export async function endMissingEntities(
  kysely: TransactionalExecutor,
  query: { sourceId: string; entity: EntityName; seenIds: readonly string[] },
): Promise<number> {
  const { sourceId, entity, seenIds } = query;
  return kysely.transaction().execute(async (transaction) => {
    const { rows } = await sql<StoredItem>`
      update voxport_raw.entity_payloads set gone_at = clock_timestamp()
      where source_id = ${sourceId} and entity = ${entity} and is_newest and gone_at is null
        and not entity_id = any(${[...seenIds]}::text[])
      returning ${storedColumns}
    `.execute(transaction);
    const items = await Promise.all(rows.map((item) => mapStored(entity, item)));
    for (const entityTable of entityTables[entity]) {
      const { table, keys, parent, hasHistory } = entityTable;
      const of = parent === null ? keys : [parent];
      const rowsOfTable = rowsOf(entityTables[entity][0]!, items);
      if (rowsOfTable.length === 0) continue;
      const batch = batchColumns({ ...entityTable, keys: of }, sourceId, rowsOfTable, of);
      const isCurrent = hasHistory ? sql`valid_to is null` : sql`gone_at is null`;
      await sql`
        update ${sql.id('voxport', table.name)} t
        set ${hasHistory ? sql`valid_to = greatest(clock_timestamp(), valid_from + interval '1 microsecond')` : sql`gone_at = clock_timestamp()`}
        from (select distinct * from ${unnest(batch)}) batch
        where t.source_id = batch.source_id and ${matches(of)} and t.${isCurrent}
      `.execute(transaction);
    }
    return rows.length;
  });
}

const storedColumns = sql`
  payload_id as "payloadId", entity_id as "entityId", observed_at::text as "observedAt", encoding, body, size_bytes::int4 as "sizeBytes"
`;

async function takePending(
  transaction: Executor,
  { sourceId, entity }: { sourceId: string; entity: EntityName },
): Promise<readonly StoredItem[]> {
  const { rows } = await sql<StoredItem>`
    select ${storedColumns} from voxport_raw.entity_payloads
    where source_id = ${sourceId} and entity = ${entity} and is_newest and gone_at is null
      and coalesce(mapping_version, 0) < ${entityMappingVersion}
    order by payload_id limit ${batchSize} for update
  `.execute(transaction);
  return rows;
}

async function mapStored(entity: EntityName, item: StoredItem): Promise<LoadedItem> {
  const body = Buffer.from(await decodeBody(item)).toString();
  return { observedAt: item.observedAt, mapped: mapEntity(entity, item.entityId, body) };
}

interface RowToWrite {
  readonly row: EntityRow;
  readonly item: LoadedItem;
}

/** The rows of one table; one whose key the source left out cannot be stored. */
function rowsOf({ table, keys }: EntityTable, items: readonly LoadedItem[]): readonly RowToWrite[] {
  const unique = new Map<string, RowToWrite>();
  for (const item of items) {
    for (const row of item.mapped.rows[table.name] ?? []) {
      if (keys.some((key) => (row[key] ?? null) === null)) continue;
      unique.set(JSON.stringify(keys.map((key) => row[key])), { row, item });
    }
  }
  return [...unique.values()];
}

async function writeItems(
  transaction: Executor,
  { sourceId, entity }: { sourceId: string; entity: EntityName },
  items: readonly LoadedItem[],
): Promise<void> {
  if (items.length === 0) return;
  for (const entityTable of entityTables[entity]) {
    const rows = rowsOf(entityTable, items);
    if (entityTable.parent !== null) await endLostChildren(transaction, { sourceId, entity, entityTable, items, rows });
    if (rows.length === 0) continue;
    const columns = Object.keys(entityTable.table.columns);
    const batch = batchColumns(entityTable, sourceId, rows, columns);
    if (entityTable.hasHistory) await writeHistory(transaction, entityTable, batch, entityTables[entity][0]!);
    else await writePresent(transaction, entityTable, batch);
  }
}

/** What a parent's newest payload no longer has: a criterion that was taken out of its agent. */
async function endLostChildren(
  transaction: Executor,
  lost: {
    sourceId: string;
    entity: EntityName;
    entityTable: EntityTable;
    items: readonly LoadedItem[];
    rows: readonly RowToWrite[];
  },
): Promise<void> {
  const { sourceId, entity, entityTable, items, rows } = lost;
  const { table, keys, parent } = entityTable;
  const parents = rowsOf(entityTables[entity][0]!, items);
  const parentColumn = parent ?? keys[0]!;
  const kept = batchColumns(entityTable, sourceId, rows, keys);
  await sql`
    update ${sql.id('voxport', table.name)} t
    set valid_to = greatest(least(parents.since, parents.observed_at), t.valid_from + interval '1 microsecond')
    from (select * from ${unnest(batchColumns(entityTable, sourceId, parents, [parentColumn]))}) parents
    where t.source_id = parents.source_id and ${sql.ref(`t.${parentColumn}`)} = ${sql.ref(`parents.${parentColumn}`)} and t.valid_to is null
      and not exists (select from ${unnest(kept)} where t.source_id = batch.source_id and ${matches(keys)})
  `.execute(transaction);
}

async function writeHistory(
  transaction: Executor,
  { table, keys, parent }: EntityTable,
  batch: readonly BatchColumn[],
  main: EntityTable,
): Promise<void> {
  const name = sql.id('voxport', table.name);
  const content = Object.keys(table.columns).filter((column) => column !== 'source_id' && !keys.includes(column));
  const differs = sql`(${refs('t', content)}) is distinct from (${refs('batch', content)})`;
  await sql`
    update ${name} t set valid_to = greatest(least(batch.since, batch.observed_at), t.valid_from + interval '1 microsecond')
    from (select ${selectList(batch)} from ${unnest(batch)}) batch
    where t.source_id = batch.source_id and ${matches(keys)} and t.valid_to is null and ${differs}
  `.execute(transaction);
  const columns = Object.keys(table.columns);
  // What is first seen was so from its beginning, as far as is known; but not what came to a parent seen before.
  const isLater =
    parent === null
      ? sql`ended.at is not null`
      : sql`(ended.at is not null or exists (
          select from ${sql.id('voxport', main.table.name)} m
          where m.source_id = batch.source_id and ${sql.ref(`m.${parent}`)} = ${sql.ref(`batch.${parent}`)} and m.valid_to is not null))`;
  await sql`
    insert into ${name} (${columnNames(columns.map((column) => ({ name: column })))}, valid_from, observed_at)
    select ${refs('batch', columns)},
           case when ${isLater} then greatest(ended.at, least(batch.since, batch.observed_at)) else coalesce(batch.created, 'epoch') end,
           batch.observed_at
    from (select ${selectList(batch)} from ${unnest(batch)}) batch
    left join lateral (
      select max(t.valid_to) as at from ${name} t where t.source_id = batch.source_id and ${matches(keys)}
    ) ended on true
    where not exists (select from ${name} t where t.source_id = batch.source_id and ${matches(keys)} and t.valid_to is null)
  `.execute(transaction);
}

async function writePresent(
  transaction: Executor,
  { table, keys }: EntityTable,
  batch: readonly BatchColumn[],
): Promise<void> {
  const name = sql.id('voxport', table.name);
  const columns = Object.keys(table.columns);
  const content = columns.filter((column) => column !== 'source_id' && !keys.includes(column));
  await sql`
    insert into ${name} as t (${columnNames(columns.map((column) => ({ name: column })))}, observed_at)
    select ${refs('batch', columns)}, batch.observed_at from (select ${selectList(batch)} from ${unnest(batch)}) batch
    on conflict (source_id, ${columnNames(keys.map((key) => ({ name: key })))}) do update
    set ${sql.join(content.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`))},
        observed_at = excluded.observed_at, gone_at = null
    where (${refs('t', content)}) is distinct from (${refs('excluded', content)}) or t.gone_at is not null
  `.execute(transaction);
}

function refs(of: string, columns: readonly string[]) {
  return sql.join(columns.map((column) => sql.ref(`${of}.${column}`)));
}

function matches(keys: readonly string[]) {
  return sql.join(
    keys.map((key) => sql`${sql.ref(`t.${key}`)} = ${sql.ref(`batch.${key}`)}`),
    sql` and `,
  );
}

/** Some columns of rows as a batch, and the times of each: since when it is so, when it was made, when it was seen. */
function batchColumns(
  { table }: EntityTable,
  sourceId: string,
  rows: readonly RowToWrite[],
  columns: readonly string[],
): readonly BatchColumn[] {
  const cells = columns
    .filter((name) => name !== 'source_id')
    .map((name): BatchColumn => ({
      name,
      type: table.columns[name]!,
      values: rows.map(({ row }) => row[name] ?? null),
    }));
  return [
    { name: 'source_id', type: 'text', values: rows.map(() => sourceId) },
    ...cells,
    {
      name: 'since',
      type: 'timestamptz',
      values: rows.map(({ item }) => item.mapped.since ?? item.observedAt),
    },
    { name: 'created', type: 'timestamptz', values: rows.map(({ item }) => item.mapped.createdAt) },
    { name: 'observed_at', type: 'timestamptz', values: rows.map(({ item }) => item.observedAt) },
  ];
}
