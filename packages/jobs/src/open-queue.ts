import { Queue, type IQueueBackend } from 'bullmq';
import type { Engine } from './engine.ts';
import { queueName, type JobPayloads, type JobsOf, type QueueKind } from './catalog.ts';

/** A BullMQ queue of ours, typed by its kind. */
export type VoxportQueue<Kind extends QueueKind> = Queue<
  JobPayloads[JobsOf<Kind>],
  void,
  JobsOf<Kind>,
  JobPayloads[JobsOf<Kind>],
  void,
  JobsOf<Kind>,
  IQueueBackend,
  unknown
>;

/**
 * Opens a source's queue of a kind for enqueuing. Finished jobs are not kept, whatever their end: a kept job blocks its
 * id for ever, and what failed stands in `voxport_ops.failures`.
 */
export async function openQueue<Kind extends QueueKind>(
  engine: Engine,
  sourceId: string,
  kind: Kind,
  onError: (error: Error) => void,
): Promise<VoxportQueue<Kind>> {
  const name = queueName(sourceId, kind);
  const queue: VoxportQueue<Kind> = new Queue(
    name,
    {
      connection: engine.connection,
      prefix: engine.prefixOf(name),
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
      // Nobody reads the event stream: on Redis its default of 10,000 entries a queue is memory for nothing.
      streams: { events: { maxLen: 100 } },
      ...(engine.telemetry === null ? {} : { telemetry: engine.telemetry }),
    },
    engine.factory,
  );
  queue.on('error', onError);
  await queue.waitUntilReady();
  return queue;
}
