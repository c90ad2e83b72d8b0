import pg from 'pg';
import { findPooling } from './find-pooler.ts';
import { pinSession } from './pin-session.ts';

/**
 * Connects once, to a session whose settings are pinned and whose statements may take as long as they do: for what is
 * done once, e.g. making a database. The caller ends it.
 * @throws the error of connecting as `pg` has it.
 */
export async function openClient(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  await client.connect();
  try {
    const needs = { searchPath: '', statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
    await pinSession(client, needs, await findPooling(client, url));
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
