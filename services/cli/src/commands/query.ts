import { TerminalFailure } from '@voxport/domain';
import { makeReader, runReadOnlyQuery, type TextRow } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { queryCsv, queryJson, queryRecords, queryTable } from '../report/query-text.ts';
import { requireTables } from '../require-tables.ts';
import { resolveDatabase } from '../resolve-database.ts';
import { UsageError } from '../usage-error.ts';

/** A person reads no more than this; a program takes `--json` or `--csv`. */
const rowsShownMax = 200;
/** The longest that a query may take. */
const timeoutMs = 120_000;

/** How rows are printed: a table for people, records, or one of two forms for programs. */
export type QueryForm = 'table' | 'records' | 'csv' | 'json';

/**
 * `voxport query SQL`: runs one query as a reader, or with the rights of a role of its, for somebody who has no psql at
 * hand.
 */
export async function query(
  command: CommandContext,
  options: { sql: string; form: QueryForm; role: string | null },
): Promise<ExitCode> {
  const { sql, form, role } = options;
  const { url, readerUrl } = await resolveDatabase(await command.loadConfig({ needsSources: false }), command);
  if (readerUrl === null) {
    throw new TerminalFailure(
      'database',
      `DATABASE_READER_URL is not set: a query runs as a login that may read and nothing else. ${makeReader}`,
    );
  }
  const rows = await ask(readerUrl);
  if (form === 'json' || form === 'csv') {
    command.printExact(form === 'json' ? queryJson(rows) : queryCsv(rows));
    return 0;
  }
  const shown = rows.slice(0, rowsShownMax);
  command.printExact(form === 'table' ? queryTable(shown, command.columns) : queryRecords(shown, null));
  if (rows.length > shown.length)
    command.note(`… and ${rows.length - shown.length} more rows; --json or --csv prints all`);
  return 0;

  async function ask(asReader: string): Promise<readonly TextRow[]> {
    try {
      return await runReadOnlyQuery({ url: asReader, query: sql, role, timeoutMs });
    } catch (error) {
      // Who asks before anything is exported asks for tables that are not there: that is told instead.
      await requireTables(url, command).catch((reason: unknown) => {
        if (reason instanceof UsageError) throw reason;
      });
      throw error;
    }
  }
}
