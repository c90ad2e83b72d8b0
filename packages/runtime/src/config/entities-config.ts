import { entityNames } from '@voxport/domain';
import type { EntitiesConfig } from './config.ts';
import { parseDurationSecs } from './duration.ts';
import type { SourceEntry } from './sources-file.ts';

const everyDefault = '3h';
const daySecs = 86_400;

/**
 * Reads `entities` of a source; null where nothing is said: none is synced. What is wrong is told to `problem`.
 */
export function entitiesConfig(
  { entities, dialect, mode }: Pick<SourceEntry, 'entities' | 'dialect' | 'mode'>,
  problem: (text: string) => void,
): EntitiesConfig | null {
  const isThere = dialect === 'elevenlabs' && mode === 'poll';
  if (entities === undefined || entities === 'off') return null;
  if (!isThere) {
    problem(
      mode === 'webhook'
        ? 'mode: webhook never asks the API, so entities would do nothing: leave it out'
        : `the dialect ${dialect} has no entities: leave entities out`,
    );
    return null;
  }
  const given: { names?: readonly string[] | undefined; every?: string | undefined } =
    entities === 'all' ? {} : Array.isArray(entities) ? { names: entities } : entities;
  const { every = everyDefault } = given;
  const everySecs = parseDurationSecs(every);
  if (everySecs === null || everySecs < 60)
    problem(`entities.every "${every}" is not a duration of a minute or more, such as 1h`);
  return {
    // In their own order: branches are asked for by the agents that are known.
    names: entityNames.filter((name) => given.names?.includes(name) ?? true),
    everySecs: everySecs ?? 0,
    branchesEverySecs: daySecs,
  };
}
