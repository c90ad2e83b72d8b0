import type { SourceConfig } from '@voxport/runtime';
import { makeCheckInSecs } from './check-in.ts';
import type { LoadBatchDependencies } from './load-batch.ts';

/** What loading needs of a source's configuration. */
export type LoadedSourceConfig = Pick<
  SourceConfig,
  'sourceId' | 'dialect' | 'mode' | 'mirrorDeletions' | 'rawHistory' | 'checkPolicy' | 'audio'
>;

/**
 * How the payloads of a source are loaded, whoever loads them. Recordings are wanted of an API that is asked only: of
 * the others webhooks bring them.
 */
export function loadSettings(
  config: LoadedSourceConfig,
): Pick<
  LoadBatchDependencies,
  'sourceId' | 'dialect' | 'mirrorDeletions' | 'rawHistory' | 'wantsAudio' | 'checkInSecs'
> {
  const { sourceId, dialect, mode, mirrorDeletions, rawHistory, checkPolicy, audio } = config;
  return {
    sourceId,
    dialect,
    mirrorDeletions,
    rawHistory,
    wantsAudio: audio !== null && mode === 'poll',
    checkInSecs: makeCheckInSecs(checkPolicy),
  };
}
