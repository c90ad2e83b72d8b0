import pg from 'pg';
import { createTestDatabase } from '@voxport/testkit';
import { onTestFinished } from 'vitest';
import { connectDatabase, type Database } from '../src/database.ts';
import { migrateDatabase } from '../src/migrate.ts';
import { copiedMigrations } from './copied-migrations.ts';

/** A database as an older version left it. */
export interface InstalledBefore {
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
  /** Brings it up to date. */
  readonly upgrade: () => Promise<Database>;
}

/** Makes one with the migrations up to a number, e.g. `0090`, filled by statements. It goes when the test has ended. */
export async function installedBefore(lastMigration: string, contents: string): Promise<InstalledBefore> {
  const created = await createTestDatabase();
  await migrateDatabase({ url: created.url, directory: await copiedMigrations(lastMigration), onWarning: () => {} });
  const client = new pg.Client({ connectionString: created.url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await created.drop();
  });
  await client.query(contents);
  return {
    query: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
    async upgrade() {
      await migrateDatabase({ url: created.url, onWarning: () => {} });
      const database = connectDatabase({
        url: created.url,
        poolSizeMax: 2,
        applicationName: 'voxport-test',
        onPoolError: () => {},
      });
      onTestFinished(() => database.close());
      return database;
    },
  };
}
