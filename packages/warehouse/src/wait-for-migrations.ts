import { setTimeout as sleep } from 'node:timers/promises';
import { TerminalFailure } from '@voxport/domain';
import type { Database } from './database.ts';
import { migrationStatus } from './migrate.ts';

const pollMs = 500;

/**
 * Resolves when the database has every migration that this code knows: a service does not migrate, it waits for
 * `voxport migrate`.
 * @throws TerminalFailure when it has not come in time.
 */
export async function waitForMigrations(
  database: Database,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  const deadlineMs = performance.now() + options.timeoutMs;
  for (;;) {
    const { pending, obstacle } = await migrationStatus(database.kysely);
    if (pending.length === 0) return;
    // `voxport migrate` cannot bring these either.
    if (obstacle !== null) throw new TerminalFailure('database', `${obstacle.problem} ${obstacle.remedy}`);
    if (performance.now() >= deadlineMs) {
      throw new TerminalFailure(
        'database',
        `DATABASE_URL: the database lacks ${pending.length} migration${pending.length === 1 ? '' : 's'} (${pending.join(', ')}). Run: voxport migrate`,
      );
    }
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}
