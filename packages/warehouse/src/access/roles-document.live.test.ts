import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createWarehouse } from '../../test/warehouse-database.ts';
import { accessRoles, ourSchemas, type AccessRole } from './access-rules.ts';
import { readHeldRights, type HeldRights } from './read-rights.ts';

const document = new URL('../../../../docs/roles.md', import.meta.url);

/** A role's rights in a schema as the document's rows: what most tables have, then what is different. */
function rowsOf(role: AccessRole, schema: string, relations: readonly HeldRights[]): string[] {
  const bySet = new Map<string, string[]>();
  for (const { name, rights } of relations.filter((one) => one.schema === schema)) {
    const set = [...(rights[role] ?? [])].toSorted().join(', ').toLowerCase();
    bySet.set(set, [...(bySet.get(set) ?? []), name]);
  }
  const sets = [...bySet].filter(([set]) => set !== '').toSorted(([, one], [, other]) => other.length - one.length);
  return sets.map(([set, names], index) => {
    const where =
      index === 0
        ? 'everything else'
        : names
            .toSorted()
            .map((name) => `\`${name}\``)
            .join(', ');
    return `| \`${role}\` | \`${schema}\` | ${index === 0 && sets.length === 1 ? 'everything' : where} | ${set} |`;
  });
}

test('the table of roles and rights in docs/roles.md is what the catalogue holds', async () => {
  await using warehouse = await createWarehouse();
  const held = await readHeldRights(warehouse.database.kysely);
  // Views can only be read: they would double every row.
  const relations = held.filter(({ kind, schema }) => kind === 'table' || schema === 'voxport_restricted');
  const wanted = accessRoles.flatMap((role) => ourSchemas.flatMap((schema) => rowsOf(role, schema, relations)));
  const squeezed = (await readFile(document, 'utf8')).split('\n').map((line) => line.replaceAll(/ {2,}/gu, ' '));
  expect(squeezed.filter((line) => /^\| `voxport_\w+` \| `voxport(_raw|_ops|_restricted)?` /u.test(line))).toEqual(
    wanted,
  );
});
