import { connectDatabase, migrationStatus } from '@voxport/warehouse';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './usage-error.ts';

/**
 * For a command that reads: tells a newcomer that there are no tables yet, and how to have some, before anything is
 * asked of them.
 * @throws UsageError where no migration has been run.
 */
export async function requireTables(
  url: string,
  { isDemo = false, signal }: Pick<CommandContext, 'isDemo' | 'signal'>,
): Promise<void> {
  await using database = connectDatabase({
    url,
    poolSizeMax: 1,
    applicationName: 'voxport',
    onPoolError: () => {},
  });
  await database.waitForDatabase(signal, 0);
  if ((await migrationStatus(database.kysely)).applied.length > 0) return;
  throw new UsageError(
    isDemo
      ? 'the demo has not been run yet. Run: voxport demo'
      : "nothing is exported yet. Start with: voxport sync. The demo's tables: the same command with --demo",
  );
}
