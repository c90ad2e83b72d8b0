import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { accessRoles, rightsOn } from './access-rules.ts';
import { readHeldRights, readUsableSchemas } from './read-rights.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse();
});
afterAll(async () => {
  await warehouse[Symbol.asyncDispose]();
});

/**
 * Runs a statement as a member of a role would, and gives the code with which Postgres refuses it; null where it does
 * not.
 */
async function refusalOf(role: string, statement: string): Promise<unknown> {
  return warehouse.database.kysely
    .transaction()
    .execute(async (transaction) => {
      await sql`set local role ${sql.id(role)}`.execute(transaction);
      await sql.raw(statement).execute(transaction);
      return null;
    })
    .catch((error: unknown) => (error as { code?: unknown }).code ?? error);
}

test('the catalogue holds, for every table and view, the rights of the rules and no other', async () => {
  const relations = (await readHeldRights(warehouse.database.kysely)).filter(({ kind }) => kind !== 'sequence');
  expect(relations.length).toBeGreaterThan(50);
  for (const { schema, name, kind, rights } of relations) {
    for (const role of accessRoles) {
      const wanted = rightsOn(role, { schema, name, isTable: kind === 'table' });
      expect([...(rights[role] ?? [])].toSorted(), `${role} on ${schema}.${name}`).toEqual([...wanted].toSorted());
    }
  }
  const usable = await readUsableSchemas(warehouse.database.kysely);
  expect(usable.every(({ right }) => right === 'USAGE')).toBe(true);
});

test('the restricted reader reads its views, none of them with content, and nothing else', async () => {
  const { rows } = await sql<{ relation: string; columns: string[] }>`
    select table_name as relation, array_agg(column_name::text) as columns from information_schema.columns
    where table_schema = 'voxport_restricted' group by 1
  `.execute(warehouse.database.kysely);
  expect(rows.length).toBeGreaterThanOrEqual(20);
  const content = [
    ...['message', 'original_message', 'transcript', 'summary', 'summary_title', 'rationale', 'user_id', 'params'],
    ...[
      'params_text',
      'result_text',
      'external_number',
      'agent_number',
      'whatsapp_user_id',
      'dynamic_variables',
      'extra',
    ],
    ...[
      'old_value',
      'new_value',
      'value',
      'value_text',
      'value_number',
      'termination_reason',
      'error_message',
      'details',
    ],
  ];
  for (const { relation, columns } of rows) {
    expect(
      columns.filter((column) => content.includes(column)),
      relation,
    ).toEqual([]);
    expect(await refusalOf('voxport_bi_restricted', `select * from voxport_restricted.${relation}`)).toBeNull();
    expect(await refusalOf('voxport_bi_restricted', `select * from voxport.${relation}`)).toBe('42501');
  }
  expect(await refusalOf('voxport_bi_restricted', 'table voxport_raw.payloads')).toBe('42501');
});

test.each([
  ['voxport_app', 'create table voxport.mine ()'],
  ['voxport_app', 'create schema mine'],
  ['voxport_app', 'truncate voxport_ops.samples'],
  ['voxport_app', 'create role mine'],
  ['voxport_app', "copy (select 1) to program 'true'"],
  ['voxport_app', "select pg_read_file('/etc/hostname')"],
  ['voxport_app', 'lock table voxport_ops.migrations_lock in exclusive mode'],
  ['voxport_gateway', 'delete from voxport_raw.payloads'],
  ['voxport_gateway', 'delete from voxport_ops.inventory'],
  ['voxport_gateway', "update voxport.conversations set summary = 'x'"],
  ['voxport_gateway', 'delete from voxport_ops.erased_conversations'],
  ['voxport_bi', 'lock table voxport_ops.migrations_lock in access share mode'],
])('%s may not: %s', async (role, statement) => {
  expect(await refusalOf(role, statement)).toBe('42501');
});
