import type { Kysely, QueryExecutorProvider, Transaction } from 'kysely';

/** Where a statement runs: the database, or a transaction of the caller's. */
export type Executor = QueryExecutorProvider;

/** What can open a transaction. The tables are written as SQL, so no schema type is carried. */
export type TransactionalExecutor = Kysely<unknown>;

export type OpenTransaction = Transaction<unknown>;
