import { statfs } from 'node:fs/promises';
import type { Engine, Producer, QueueKind } from '@voxport/jobs';
import { readSharedState, type Executor } from '@voxport/warehouse';
import type { State, StateSample } from './state-metrics.ts';

const queueKinds: readonly QueueKind[] = ['fetch', 'load', 'plan'];

export interface ReadStateDependencies {
  readonly executor: Executor;
  readonly engine: Pick<Engine, 'memory'>;
  readonly queues: readonly { readonly sourceId: string; readonly producer: Pick<Producer, 'readQueue'> }[];
  /**
   * Directories of this machine that fill: the embedded database's, those of recordings. One that is not there yet is
   * left out.
   */
  readonly directories: readonly string[];
}

/**
 * Makes the reading of the state that all processes share, as samples of the state metrics. Labels are those of
 * configured and known sources.
 */
export function makeReadState({ executor, engine, queues, directories }: ReadStateDependencies): () => Promise<State> {
  return async function readState() {
    const [shared, queueStates, memory, disks] = await Promise.all([
      readSharedState(executor),
      Promise.all(
        queues.flatMap(({ sourceId, producer }) =>
          queueKinds.map(async (kind) => ({ sourceId, kind, queue: await producer.readQueue(kind) })),
        ),
      ),
      engine.memory(),
      Promise.all(directories.map(readDisk)),
    ]);
    const ofSources = <Value>(
      pick: (source: (typeof shared.sources)[number]) => Value | null,
      toNumber: (value: Value) => number,
    ): StateSample[] =>
      shared.sources.flatMap((source) => {
        const value = pick(source);
        return value === null ? [] : [{ labels: { source: source.sourceId }, value: toNumber(value) }];
      });
    const found = disks.filter((disk) => disk !== null);

    return {
      voxport_newest_call_loaded_timestamp_seconds: ofSources(({ newestCallAt }) => newestCallAt, unixSecs),
      voxport_watermark_timestamp_seconds: ofSources(({ watermarkAt }) => watermarkAt, unixSecs),
      voxport_last_sync_timestamp_seconds: ofSources(({ lastSyncAt }) => lastSyncAt, unixSecs),
      voxport_last_verification_timestamp_seconds: ofSources(({ lastVerifiedAt }) => lastVerifiedAt, unixSecs),
      voxport_oldest_landed_timestamp_seconds: ofSources(({ oldestLandedAt }) => oldestLandedAt, unixSecs),
      voxport_api_requests_in_flight_limit: ofSources(({ inFlightLimit }) => inFlightLimit, Number),
      voxport_workers: ofSources(({ workers }) => workers, Number),
      voxport_conversations_wanted: ofSources(({ wanted }) => wanted, Number),
      voxport_payloads_landed: ofSources(({ landed }) => landed, Number),
      voxport_source_paused: shared.sources.map(({ sourceId, isPaused, pausedClass }) => ({
        labels: { source: sourceId, class: isPaused ? (pausedClass ?? 'unknown') : 'none' },
        value: isPaused ? 1 : 0,
      })),
      voxport_failures_open: shared.failures.map(({ sourceId, stage, errorClass, count }) => ({
        labels: { source: sourceId, stage, class: errorClass },
        value: count,
      })),
      voxport_windows_open: shared.windows.map(({ sourceId, priority, count }) => ({
        labels: { source: sourceId, priority },
        value: count,
      })),
      voxport_oldest_window_timestamp_seconds: shared.windows.map(({ sourceId, priority, oldestAt }) => ({
        labels: { source: sourceId, priority },
        value: unixSecs(oldestAt),
      })),
      voxport_runs: shared.runs.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
      voxport_verification_gaps: shared.gaps.flatMap(({ sourceId, missing, stale, extra }) =>
        Object.entries({ missing, stale, extra }).map(([kind, value]) => ({
          labels: { source: sourceId, kind },
          value,
        })),
      ),
      voxport_drift_paths: shared.drift.map(({ sourceId, kind, count }) => ({
        labels: { source: sourceId, kind },
        value: count,
      })),
      voxport_database_size_bytes: [{ labels: {}, value: shared.databaseBytes }],
      voxport_queue_jobs: queueStates.flatMap(({ sourceId, kind, queue: { waiting, delayed, active } }) =>
        Object.entries({ waiting, delayed, active }).map(([state, value]) => ({
          labels: { source: sourceId, queue: kind, state },
          value,
        })),
      ),
      voxport_queue_oldest_job_timestamp_seconds: queueStates.flatMap(({ sourceId, kind, queue: { oldestAddedAt } }) =>
        oldestAddedAt === null ? [] : [{ labels: { source: sourceId, queue: kind }, value: unixSecs(oldestAddedAt) }],
      ),
      voxport_queue_memory_used_bytes: memory === null ? [] : [{ labels: {}, value: memory.usedBytes }],
      voxport_queue_memory_limit_bytes:
        memory === null || memory.limitBytes === null ? [] : [{ labels: {}, value: memory.limitBytes }],
      voxport_disk_free_bytes: found.map(({ directory, freeBytes }) => ({ labels: { directory }, value: freeBytes })),
      voxport_disk_size_bytes: found.map(({ directory, sizeBytes }) => ({ labels: { directory }, value: sizeBytes })),
    };
  };
}

async function readDisk(
  directory: string,
): Promise<{ directory: string; freeBytes: number; sizeBytes: number } | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { directory, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return null;
  }
}

function unixSecs(date: Date): number {
  return date.getTime() / 1000;
}
