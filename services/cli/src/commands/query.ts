import { connectDatabase, ensureDatabase, runReadOnly } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { demoDatabaseName } from '../demo/demo-database.ts';
import { rowsTable } from '../report/rows-table.ts';
import { resolveDatabase } from '../resolve-database.ts';

/** A person reads no more than this; a program takes `--json`. */
const rowsShownMax = 200;

/** `voxport query SQL`: runs a query that only reads, for somebody who has no psql at hand. */
export async function query(
  command: CommandContext,
  options: { sql: string; demo: boolean; json: boolean },
): Promise<ExitCode> {
  const config = command.loadConfig({ needsSources: false });
  const resolved = await resolveDatabase(options.demo ? { ...config, databaseUrl: null } : config, command);
  const url = options.demo ? await ensureDatabase(resolved.url, demoDatabaseName) : resolved.url;
  await using database = connectDatabase({
    url,
    poolSizeMax: 1,
    applicationName: 'voxport query',
    onPoolError: () => {},
    statementTimeoutMs: 0,
  });
  const rows = await runReadOnly(database.kysely, options.sql);
  if (options.json) command.print(JSON.stringify(rows));
  else command.print(rowsTable(rows.slice(0, rowsShownMax)));
  if (!options.json && rows.length > rowsShownMax)
    command.note(`… and ${rows.length - rowsShownMax} more rows; --json prints all`);
  return 0;
}
