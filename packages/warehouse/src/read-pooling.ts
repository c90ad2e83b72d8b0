import { findPooling, type Pooling } from '@voxport/postgres';
import pg from 'pg';

/** Whether a pooler stands before a database, and of which kind. Throws the error of connecting as pg has it. */
export async function readPooling(url: string): Promise<Pooling> {
  const client = new pg.Client({ connectionString: url, application_name: 'voxport doctor' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await findPooling(client, url);
  } finally {
    await client.end();
  }
}
