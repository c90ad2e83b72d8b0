import type { SourceConfig } from './config.ts';

/** Directories of this machine in which recordings are stored. */
export function recordingDirectories(sources: readonly Pick<SourceConfig, 'audio'>[]): string[] {
  const stores = sources.flatMap(({ audio }) => (audio === null ? [] : [audio.store]));
  return [...new Set(stores.flatMap((store) => ('directory' in store ? [store.directory] : [])))];
}
