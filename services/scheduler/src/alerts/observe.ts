import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceContext } from '@voxport/runtime';
import {
  noteWaiting,
  readDatabaseSize,
  readDeadLetters,
  readNewDrift,
  readRunPaces,
  readSourceSigns,
  readVerifiedGaps,
  readWebhookSigns,
} from '@voxport/warehouse';
import type { Observation, QueueMemory } from './observation.ts';
import { readDisks, type KeptPath } from './read-disks.ts';
import { slowRunSecs } from './rules/slow-run.ts';

/** A store that is away holds a command back without end. */
const queueAnswerMs = 5000;

export interface ObserveOptions {
  readonly now: Date;
  readonly watchedSince: Date;
  /** Since when the queue's store has been silent, by the looks before this one. */
  readonly queueSilentSince: Date | null;
  /** Whether what is found of the queue is written down for the next look: a scheduler does, a status only reads. */
  readonly notesWaiting: boolean;
}

/** Takes one look at the pipeline of the context's sources: the database, the queue's store, and the disks that are on this machine. */
export async function observe(
  { database: { kysely }, engine, sources, alerts }: Pick<ServiceContext, 'database' | 'engine' | 'sources' | 'alerts'>,
  options: ObserveOptions,
): Promise<Observation> {
  const { now, watchedSince } = options;
  const sourceIds = sources.map(({ config }) => config.sourceId);
  const withWebhook = sources.flatMap(({ config }) => (config.webhookSecrets.length > 0 ? [config.sourceId] : []));
  const queue = await lookAtQueue();
  if (options.notesWaiting && queue !== null) {
    for (const { sourceId, isWaiting } of queue.sources) await noteWaiting(kysely, { sourceId, isWaiting, now });
  }
  const signs = await readSourceSigns(kysely, sourceIds);
  const [deadLetters, runs, gaps, drift, webhooks, size] = await Promise.all([
    readDeadLetters(kysely, sourceIds),
    readRunPaces(kysely, { sourceIds, now, runningForSecs: slowRunSecs }),
    readVerifiedGaps(kysely, { sourceIds, now }),
    readNewDrift(kysely, { sourceIds, now }),
    withWebhook.length === 0 ? [] : readWebhookSigns(kysely, { sourceIds: withWebhook, now, watchedSince }),
    readDatabaseSize(kysely),
  ]);
  const paths: KeptPath[] = [
    ...(size.dataDirectory === null ? [] : [{ what: 'the database', path: size.dataDirectory }]),
    ...sources.flatMap(({ config: { sourceId, audio } }) =>
      audio !== null && 'directory' in audio.store
        ? [{ what: `the recordings of ${sourceId}`, path: audio.store.directory }]
        : [],
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
        freshnessSecs: sources.find(({ config }) => config.sourceId === sourceId)?.config.freshnessSecs ?? null,
        signs: one,
        deadLetters: ofSource(deadLetters),
        runs: ofSource(runs),
        gaps: ofSource(gaps),
        drift: ofSource(drift),
        webhook: ofSource(webhooks)[0] ?? null,
      };
    }),
    place: {
      databaseBytes: size.bytes,
      databaseBytesMax: alerts.databaseBytesMax,
      disks: await readDisks(paths),
      queueMemory: queue?.memory ?? null,
      queueSilentSince: queue === null ? (options.queueSilentSince ?? now) : null,
    },
  };

  /** Null: the store did not answer in time. */
  async function lookAtQueue(): Promise<{
    sources: { sourceId: string; isWaiting: boolean }[];
    memory: QueueMemory | null;
  } | null> {
    const look = async () => {
      const memory = await engine.memory();
      const depths = await Promise.all(
        sources.map(async ({ config: { sourceId }, producer }) => ({
          sourceId,
          isWaiting: (await producer.fetchDepth()).waiting > 0,
        })),
      );
      return { sources: depths, memory };
    };
    const done = new AbortController();
    try {
      // A look that comes too late is let go: its failure, if it is one, is the same silence.
      return await Promise.race([
        look().catch(() => null),
        sleep(queueAnswerMs, null, { signal: done.signal }).catch(() => null),
      ]);
    } finally {
      done.abort();
    }
  }
}
