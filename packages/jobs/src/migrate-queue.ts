import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq';
import { fitnessQuery, openClient, requireFitDatabase, requireWritable, type DatabaseFitness } from '@voxport/postgres';
import type pg from 'pg';
import { isRedisUrl } from './redis-address.ts';
import { storeFailure } from './store-failure.ts';

/** BullMQ's schema where the queue runs on Postgres: its default, because a pool of ours cannot carry another name. */
export const queueSchema = 'bullmq';

/**
 * The first job of a queue makes a sequence for its numbers, in these functions: they run with the rights of the
 * schema's owner, so that no service needs the right to create anything, and each may use what another has made. The
 * sequence's name is a digest.
 */
const makingSequences = ['next_job_id(text)', 'add_jobs_bulk(text, jsonb)'] as const;

/** What a service does with the queue: rows, nothing else. Its functions run with the rights of who calls them. */
const tableRights = 'select, insert, update, delete';

/**
 * Creates or upgrades the queue's schema in a Postgres, and lets the roles that are named use it. Safe to run again,
 * and by several processes at once. Does nothing where the queue runs on Redis.
 * @param options.queueUrl of the schema's owner, or of a role that may create it.
 * Throws a TransientFailure that names the setting when the store cannot be reached, a TerminalFailure when it is no
 * place for a queue.
 * @param options.settingName the setting that the URL stands in; QUEUE_URL by default.
 * @param options.grantTo roles that work with the queue; those that the server does not know are left out.
 */
export async function migrateQueue(options: {
  queueUrl: string;
  settingName?: string;
  grantTo: readonly string[];
}): Promise<void> {
  const { queueUrl, settingName = 'QUEUE_URL' } = options;
  if (isRedisUrl(queueUrl)) return;
  const client = await openClient(queueUrl, 'voxport migrate').catch((error: unknown) => {
    throw storeFailure(queueUrl, error, settingName);
  });
  try {
    await requireFitQueue(client, { queueUrl, settingName });
    await bringQueueUpToDate(client);
    if (await isOwner(client)) await grant(client, options.grantTo);
  } finally {
    await client.end();
  }
}

/**
 * Refuses a database that no queue can run in, before anything is made there.
 * @throws TerminalFailure for an encoding other than UTF8, a server before version 14, and one that takes no writes.
 */
export async function requireFitQueue(
  client: pg.ClientBase,
  { queueUrl, settingName }: { queueUrl: string; settingName: string },
): Promise<void> {
  const { rows } = await client.query<DatabaseFitness>(fitnessQuery);
  const { host, pathname } = new URL(queueUrl);
  const place = `${settingName} (the queue at postgres://${host}${pathname})`;
  requireFitDatabase(rows[0]!, place);
  requireWritable(rows[0]!, place);
}

/**
 * Upgrades the queue's schema where it is older than this code. BullMQ's own way asks for the right to create schemas
 * even where there is nothing to do.
 */
export async function bringQueueUpToDate(client: pg.ClientBase): Promise<void> {
  try {
    if (!(await isUpToDate(client))) await runMigrations(client, queueSchema);
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw new Error(
      'its role may not use the schema bullmq, or not upgrade it. Run voxport migrate with the URL of the role that owns it',
      { cause: error },
    );
  }
}

async function isUpToDate(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('${queueSchema}.migration') is not null as found`,
  );
  return rows[0]?.found === true && (await assertSchemaCompatibility(client, queueSchema)) >= LATEST_SCHEMA_VERSION;
}

async function isOwner(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ owner: boolean }>(
    `select pg_has_role(nspowner, 'usage') as owner from pg_namespace where nspname = '${queueSchema}'`,
  );
  return rows[0]?.owner === true;
}

/** Grants what is missing, and writes nothing where nothing is: two that grant at once would fail. */
async function grant(client: pg.Client, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `select quote_ident(rolname) as role from pg_roles
     where rolname = any($1::text[]) and (
       not has_schema_privilege(rolname, '${queueSchema}', 'usage')
       or exists (
         select from pg_class c where c.relnamespace = '${queueSchema}'::regnamespace and (
           c.relkind in ('r', 'p') and not (
             has_table_privilege(rolname, c.oid, 'select') and has_table_privilege(rolname, c.oid, 'insert')
             and has_table_privilege(rolname, c.oid, 'update') and has_table_privilege(rolname, c.oid, 'delete'))
           or c.relkind = 'S' and c.relname !~ '^bullmq_jid_' and not has_sequence_privilege(rolname, c.oid, 'usage')))
       or exists (
         select from unnest($2::text[]) as s (signature) join pg_proc on oid = to_regprocedure('${queueSchema}.' || signature)
         where not prosecdef))`,
    [roles, makingSequences],
  );
  if (rows.length === 0) return;
  await client.query('begin');
  await client.query(`lock table ${queueSchema}.migration in exclusive mode`);
  for (const signature of makingSequences) {
    await client.query(`alter function ${queueSchema}.${signature} security definer`);
    // The temporary schema last: a caller's own table there must not stand for one of the queue's.
    await client.query(`alter function ${queueSchema}.${signature} set search_path = ${queueSchema}, pg_temp`);
  }
  for (const { role } of rows) {
    await client.query(`grant usage on schema ${queueSchema} to ${role}`);
    await client.query(`grant ${tableRights} on all tables in schema ${queueSchema} to ${role}`);
    await client.query(`grant usage, select on all sequences in schema ${queueSchema} to ${role}`);
  }
  await client.query('commit');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
