import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import { withAdmin } from './databases.ts';

export interface StartedPostgres {
  readonly url: string;
  readonly version: string;
  readonly origin: string;
}

/** Finds or starts the Postgres of a run. What must be undone at its end goes onto `undo`. */
export async function startPostgres(
  environment: Readonly<Record<string, string | undefined>>,
  undo: AsyncDisposableStack,
): Promise<StartedPostgres> {
  const given = environment['TEST_DATABASE_URL'];
  if (given) return { url: given, version: await versionOf(given), origin: 'TEST_DATABASE_URL' };
  const dataDir = await mkdtemp(join(tmpdir(), 'voxport-test-postgres-'));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const { url, version } = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
  undo.defer(async () => {
    await stopEmbeddedPostgres({ dataDir, mode: 'immediate' });
  });
  return { url, version, origin: 'embedded' };
}

async function versionOf(url: string): Promise<string> {
  const { rows } = await withAdmin(url, (admin) => admin.query<{ server_version: string }>('show server_version'));
  return rows[0]?.server_version.split(' ')[0] ?? 'unknown';
}
