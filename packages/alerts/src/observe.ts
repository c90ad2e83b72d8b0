import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueDepth, StoreMemory } from '@voxport/jobs';
import type { ServiceContext } from '@voxport/runtime';
import {
  noteWaiting,
  readDatabaseSize,
  readDeadLetters,
  readNewDrift,
  readRoleHeartbeats,
  readRunPaces,
  readSourceSigns,
  readVerifiedGaps,
  readWebhookSigns,
} from '@voxport/warehouse';
import type { Observation } from './observation.ts';
import { readDisks, type KeptPath } from './read-disks.ts';
import { slowFactor, slowRunSecs } from './rules/slow-run.ts';

/** A store that is away holds a command back without end. */
const queueAnswerMs = 5000;

/** A source as it is evaluated. */
export interface ObservedSource {
  readonly sourceId: string;
  readonly freshnessSecs: number | null;
  readonly hasWebhook: boolean;
  /** Null: recordings are not stored, or in a bucket. */
  readonly recordingsDirectory: string | null;
  /** Null: the source is not configured here, and its queues are not open. */
  readonly fetchDepth: (() => Promise<QueueDepth>) | null;
}

/** The sources of a context as they are looked at. */
export function observedSources({ sources }: Pick<ServiceContext, 'sources'>): ObservedSource[] {
  return sources.map(({ config, producer }) => ({
    sourceId: config.sourceId,
    freshnessSecs: config.freshnessSecs,
    hasWebhook: config.webhookSecrets.length > 0,
    recordingsDirectory:
      config.audio !== null && 'directory' in config.audio.store ? config.audio.store.directory : null,
    fetchDepth: producer.fetchDepth,
  }));
}

export interface ObserveOptions {
  readonly sources: readonly ObservedSource[];
  readonly databaseBytesMax: number | null;
  readonly now: Date;
  readonly watchedSince: Date;
  /** Since when the queue's store has been silent, by the evaluations before this one. */
  readonly queueSilentSince: Date | null;
  /**
   * Whether what is found of the queue is written down for the next evaluation: a scheduler does, a status only reads.
   */
  readonly notesWaiting: boolean;
}

/**
 * Observes once the pipeline of some sources: the database, the queue's store, and the disks that are on this machine.
 */
export async function observe(
  {
    database: { kysely },
    engine,
  }: { database: ServiceContext['database']; engine: Pick<ServiceContext['engine'], 'memory'> },
  options: ObserveOptions,
): Promise<Observation> {
  const { now, watchedSince, sources } = options;
  const sourceIds = sources.map(({ sourceId }) => sourceId);
  const withWebhook = sources.flatMap(({ sourceId, hasWebhook }) => (hasWebhook ? [sourceId] : []));
  const queue = await lookAtQueue();
  if (options.notesWaiting && queue !== null) {
    for (const { sourceId, isWaiting } of queue.sources) await noteWaiting(kysely, { sourceId, isWaiting, now });
  }
  const signs = await readSourceSigns(kysely, sourceIds);
  const [deadLetters, runs, gaps, drift, webhooks, size, roles] = await Promise.all([
    readDeadLetters(kysely, sourceIds),
    readRunPaces(kysely, { sourceIds, now, runningForSecs: slowRunSecs, countFromFactor: slowFactor }),
    readVerifiedGaps(kysely, { sourceIds, now }),
    readNewDrift(kysely, { sourceIds, now }),
    withWebhook.length === 0 ? [] : readWebhookSigns(kysely, { sourceIds: withWebhook, now, watchedSince }),
    readDatabaseSize(kysely),
    readRoleHeartbeats(kysely),
  ]);
  const paths: KeptPath[] = [
    ...(size.dataDirectory === null ? [] : [{ what: 'the database', path: size.dataDirectory }]),
    ...sources.flatMap(({ sourceId, recordingsDirectory: path }) =>
      path === null ? [] : [{ what: `the recordings of ${sourceId}`, path }],
    ),
  ];
  return {
    now,
    watchedSince,
    sources: signs.map((one) => {
      const { sourceId } = one;
      const ofSource = <Row extends { readonly sourceId: string }>(rows: readonly Row[]): Row[] =>
        rows.filter((row) => row.sourceId === sourceId);
      return {
        sourceId,
        freshnessSecs: sources.find((source) => source.sourceId === sourceId)?.freshnessSecs ?? null,
        signs: one,
        deadLetters: ofSource(deadLetters),
        runs: ofSource(runs),
        gaps: ofSource(gaps),
        drift: ofSource(drift),
        webhook: ofSource(webhooks)[0] ?? null,
      };
    }),
    place: {
      roles,
      databaseBytes: size.bytes,
      databaseBytesMax: options.databaseBytesMax,
      disks: await readDisks(paths),
      queueMemory: queue?.memory ?? null,
      queueSilentSince: queue === null ? (options.queueSilentSince ?? now) : null,
    },
  };

  /** Null: the store did not answer in time. */
  async function lookAtQueue(): Promise<{
    sources: { sourceId: string; isWaiting: boolean }[];
    memory: StoreMemory | null;
  } | null> {
    const readOnce = async () => {
      const memory = await engine.memory();
      const depths = await Promise.all(
        sources.flatMap(({ sourceId, fetchDepth }) =>
          fetchDepth === null ? [] : [fetchDepth().then(({ waiting }) => ({ sourceId, isWaiting: waiting > 0 }))],
        ),
      );
      return { sources: depths, memory };
    };
    const done = new AbortController();
    try {
      // An evaluation that comes too late is let go: its failure, if it is one, is the same silence.
      return await Promise.race([
        readOnce().catch(() => null),
        sleep(queueAnswerMs, null, { signal: done.signal }).catch(() => null),
      ]);
    } finally {
      done.abort();
    }
  }
}
