import { queueStore, type Config } from '@voxport/runtime';
import { countUnknown, type KnownSource } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withDatabase } from '../export/with-database.ts';
import { carryOutErasure } from '../erase/carry-out-erasure.ts';
import { removeRecordings } from '../erase/remove-recordings.ts';
import { planErasure, selectorText, type PlannedSource, type Whom } from '../erase/plan-erasure.ts';
import { selectorHash } from '../erase/selector-hash.ts';
import { eraseJson, eraseText } from '../report/erase-report.ts';
import { count } from '../report/run-report.ts';
import { UsageError } from '../usage-error.ts';
import { knownSources } from './known-sources.ts';

export interface EraseOptions {
  readonly whom: Whom;
  readonly source: string | null;
  readonly atSource: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * `voxport erase`: removes every trace of conversations, keeps them from coming back, and with `--at-source` deletes
 * them there too.
 */
export async function erase(command: CommandContext, options: EraseOptions): Promise<ExitCode> {
  const { whom, atSource, json } = options;
  if (!options.yes && command.ask === undefined)
    throw new UsageError('erase asks before it erases, and there is no terminal to ask on: add --yes');
  const selector = selectorText(whom);
  const config = await command.loadConfig({ needsSources: atSource });
  return withDatabase(command, { config, service: 'erase', schemas: 'upgraded' }, async ({ database, url, logger }) => {
    const sources = await knownSources(database, options.source);
    if (atSource) refuseUndeletable(sources, config);
    const planWith = (note: (text: string) => void) => planErasure({ database, sources, config, whom, note });
    const planned = await planWith(command.note);
    for (const { sourceId } of whom.kind === 'user' || whom.kind === 'phone' ? sources : []) {
      const unknown = await countUnknown(database.kysely, sourceId);
      if (unknown > 0) {
        command.note(
          `${sourceId}: ${count(unknown)} conversations are listed and not fetched yet, so nobody knows whose they are. Run this again when they are loaded.`,
        );
      }
    }
    if (!options.yes && !(await isConfirmed(command, planned, atSource))) {
      command.note('Nothing was erased.');
      return 1;
    }
    const key = config.sources.find(({ redact }) => redact.key !== null)?.redact.key ?? null;
    const result = await carryOutErasure({
      database,
      queue: queueStore(config, url),
      config,
      request: {
        sourceIds: sources.map(({ sourceId }) => sourceId),
        selector: whom.kind,
        selectorHash: selectorHash(selector, key),
      },
      plan: () => planWith(() => {}),
      atSource,
      logger,
      signal: command.signal,
      note: command.note,
    });
    const sourceIds = sources.map(({ sourceId }) => sourceId);
    const { signal, note } = command;
    const recordingsLeft = await removeRecordings({ database, config, sourceIds, signal, note });
    command.print(json ? eraseJson(result) : eraseText(result));
    const isAtSource = [...(result.atSource?.values() ?? [])].some(({ failed }) => failed.length > 0);
    return isAtSource || recordingsLeft > 0 ? 1 : 0;
  });
}

function refuseUndeletable(sources: readonly KnownSource[], config: Config): void {
  for (const { sourceId, dialect } of sources) {
    if (dialect !== 'elevenlabs')
      throw new UsageError(
        `--at-source: source "${sourceId}" speaks ${dialect}, which has no deletion. Choose the others with --source, and delete there by the proxy's own means.`,
      );
    if (!config.sources.some((configured) => configured.sourceId === sourceId))
      throw new UsageError(
        `--at-source: source "${sourceId}" is not configured, so its key is not known. Configure it, or choose others with --source.`,
      );
  }
}

async function isConfirmed(
  { ask, note }: CommandContext,
  planned: readonly PlannedSource[],
  atSource: boolean,
): Promise<boolean> {
  const total = planned.reduce((sum, { conversations }) => sum + conversations.length, 0);
  for (const { sourceId, conversations } of planned) note(`${sourceId}: ${count(conversations.length)} conversations`);
  const where = atSource ? 'here and at the source' : 'here';
  const answer = await ask?.(`Erase ${count(total)} conversations ${where}? This cannot be undone. Type yes: `);
  return answer?.trim().toLowerCase() === 'yes';
}
