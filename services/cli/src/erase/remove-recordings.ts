import { describeFailure } from '@voxport/domain';
import { openRecordingStore } from '@voxport/recordings';
import { storeSettings, type Config } from '@voxport/runtime';
import { countRemovals, removeErasedRecordings, type Database } from '@voxport/warehouse';
import { count } from '../report/run-report.ts';

/**
 * Removes the stored files of erased recordings, whose rows are gone. Resolves with how many are left: where the store
 * is not configured here, or does not answer. A worker of the source removes those; until then
 * `voxport_ops.recording_removals` says where they lie.
 */
export async function removeRecordings(options: {
  readonly database: Database;
  readonly config: Pick<Config, 'sources'>;
  readonly sourceIds: readonly string[];
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}): Promise<number> {
  const { config, sourceIds, signal, note } = options;
  const { kysely } = options.database;
  let leftOver = 0;
  for (const sourceId of sourceIds) {
    if ((await countRemovals(kysely, sourceId)) === 0) continue;
    const audio = config.sources.find((source) => source.sourceId === sourceId)?.audio ?? null;
    let reason = 'their store is not configured here.';
    if (audio !== null) {
      const store = await openRecordingStore(storeSettings(audio));
      try {
        await removeErasedRecordings(kysely, {
          sourceId,
          remove: (location) => store.remove(location, signal),
          describe: (error) => {
            reason = describeFailure(error).message;
            return reason;
          },
        });
      } finally {
        store.close();
      }
    }
    const remaining = await countRemovals(kysely, sourceId);
    leftOver += remaining;
    if (remaining > 0) {
      note(
        `${sourceId}: ${count(remaining)} recordings are still in their store: ${reason} A worker that reaches it removes them; voxport_ops.recording_removals says which.`,
      );
    }
  }
  return leftOver;
}
