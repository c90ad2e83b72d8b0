import { TerminalFailure } from '@voxport/domain';
import { makeReader, runReadOnlyQuery } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { demoDatabaseName } from '../demo/demo-database.ts';
import { rowsTable } from '../report/rows-table.ts';
import { openEmbedded, resolveDatabase } from '../resolve-database.ts';

/** A person reads no more than this; a program takes `--json`. */
const rowsShownMax = 200;
/** The longest that a query may take. */
const timeoutMs = 120_000;

/** `voxport query SQL`: runs one query as a reader, for somebody who has no psql at hand. */
export async function query(
  command: CommandContext,
  options: { sql: string; demo: boolean; json: boolean },
): Promise<ExitCode> {
  const config = command.loadConfig({ needsSources: false });
  const { readerUrl } = options.demo
    ? await openEmbedded(config.dataDir, command, demoDatabaseName)
    : await resolveDatabase(config, command);
  if (readerUrl === null) {
    throw new TerminalFailure(
      'database',
      `DATABASE_READER_URL is not set: a query runs as a login that may read and nothing else. ${makeReader}`,
    );
  }
  const rows = await runReadOnlyQuery({ url: readerUrl, query: options.sql, timeoutMs });
  if (options.json) command.print(JSON.stringify(rows));
  else command.print(rowsTable(rows.slice(0, rowsShownMax)));
  if (!options.json && rows.length > rowsShownMax)
    command.note(`… and ${rows.length - rowsShownMax} more rows; --json prints all`);
  return 0;
}
