import {
  areReadersBySource,
  connectDatabase,
  grantSources,
  holdReadersToSources,
  listReaderSources,
  revokeSources,
  type Database,
  type ReaderSources,
} from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { bringUpToDate, resolveDatabase } from '../resolve-database.ts';

/** What `voxport readers` is asked to do; `null` only shows how it stands. */
export type ReadersAction =
  | { readonly kind: 'list' | 'on' | 'off' }
  | ({ readonly kind: 'grant' | 'revoke' } & ReaderSources);

/**
 * `voxport readers`: which sources readers see. Held to theirs (`on`), a reader sees those that are granted to it and
 * no other.
 */
export async function readers(command: CommandContext, action: ReadersAction, json: boolean): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: false });
  const resolved = await resolveDatabase(config, command);
  await bringUpToDate(resolved, config, command);
  const logger = await command.makeLogger(config);
  // Policies are the owner's to make, and who sees what is the owner's to say.
  await using database = connectDatabase({
    url: resolved.ownerUrl,
    poolSizeMax: 1,
    applicationName: 'voxport readers',
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke; it is replaced'),
  });
  await carryOut(database, action);
  const isOn = await areReadersBySource(database.kysely);
  const known = await listReaderSources(database.kysely);
  command.print(json ? readersJson(isOn, known) : readersText(isOn, known));
  return 0;
}

async function carryOut({ kysely }: Database, action: ReadersAction): Promise<void> {
  switch (action.kind) {
    case 'list':
      return;
    case 'on':
    case 'off':
      return holdReadersToSources(kysely, action.kind === 'on');
    case 'grant':
      return grantSources(kysely, action);
    case 'revoke':
      return revokeSources(kysely, action);
  }
}

function readersJson(isOn: boolean, known: readonly ReaderSources[]): string {
  return JSON.stringify({
    by_source: isOn,
    readers: known.map(({ reader, sourceIds }) => ({ reader, source_ids: sourceIds })),
  });
}

function readersText(isOn: boolean, known: readonly ReaderSources[]): string {
  const head = isOn
    ? 'Readers see only the sources that are granted to them.'
    : 'Every reader sees every source; voxport readers on holds them to what is granted.';
  const lines = known.map(
    ({ reader, sourceIds }) =>
      `  ${reader}: ${sourceIds.length === 0 ? 'nothing is granted' : sourceIds.join(', ').replace('*', '* (every source)')}`,
  );
  return [head, ...lines].join('\n');
}
