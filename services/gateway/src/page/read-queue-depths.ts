import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, QueueDepth } from '@voxport/jobs';

/** A queue that is away answers late or never: the page does not wait for it. */
const answerMs = 1500;

/** How much waits in a source's queues; null where the store does not answer. */
export async function readQueueDepths(
  producer: Pick<Producer, 'fetchDepth' | 'loadDepth'>,
): Promise<{ fetch: QueueDepth; load: QueueDepth } | null> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      Promise.all([producer.fetchDepth(), producer.loadDepth()]).then(([fetch, load]) => ({ fetch, load })),
      sleep(answerMs, null, { signal: ended.signal }),
    ]);
  } catch {
    return null;
  } finally {
    ended.abort();
  }
}
