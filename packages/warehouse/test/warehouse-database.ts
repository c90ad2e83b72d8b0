import { createTestDatabase, type DatabaseTemplate } from '@voxport/testkit';
import { connectDatabase, type Database } from '../src/database.ts';
import { migrateDatabase } from '../src/migrate.ts';

/** Fails the test on any warning of a migration: on a test's server nothing may be out of reach. */
export function failOnWarning(message: string): never {
  throw new Error(`A migration warned: ${message}`);
}

/** A migrated database, prepared once a run and copied for each test file. */
const warehouseTemplate: DatabaseTemplate = {
  name: 'warehouse',
  prepare: async (url) => {
    await migrateDatabase({ url, onWarning: failOnWarning });
  },
};

export interface WarehouseDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** A migrated, empty warehouse of the caller's own, with an open pool. */
export async function createWarehouse(
  options: { poolSizeMax?: number; icuLocale?: string } = {},
): Promise<WarehouseDatabase> {
  const { icuLocale } = options;
  const created = await createTestDatabase(icuLocale === undefined ? { template: warehouseTemplate } : { icuLocale });
  // A copy keeps the locale of its template.
  if (icuLocale !== undefined) await warehouseTemplate.prepare(created.url);
  const database = connectDatabase({
    url: created.url,
    poolSizeMax: options.poolSizeMax ?? 4,
    applicationName: 'voxport-test',
    // A pool that outlives its database for a moment is not what a test is about.
    onPoolError: () => {},
  });
  return {
    url: created.url,
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await created.drop();
    },
  };
}
