import { sql, type RawBuilder } from 'kysely';

/**
 * Whether a conversation of the inventory waits for its detail, or for the loader: nothing has ended what was wanted of
 * it. Partial indexes have the same two words in their predicates, so that a query with this fragment can use them.
 * @param table the alias of the inventory in the statement, where it has one.
 */
export function isPending(table: string | null = null): RawBuilder<boolean> {
  const state = sql.ref(table === null ? 'state' : `${table}.state`);
  return sql`(${state} in ('discovered', 'fetched'))`;
}
