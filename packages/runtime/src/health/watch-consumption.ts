import type { Consumer, Producer, QueueKind } from '@voxport/jobs';
import { makeConsumptionCheck } from './consumption.ts';
import type { Readiness } from './readiness.ts';

/** Makes a process unready when a consumer of it consumes no more; returns the function that ends the watch. */
export function watchConsumption(
  { readiness }: { readonly readiness: Pick<Readiness, 'addCheck'> },
  watched: {
    readonly producer: Pick<Producer, 'readQueue'>;
    readonly sourceId: string;
    readonly kind: QueueKind;
    readonly consumer: Pick<Consumer, 'lastProgressMs' | 'activeJobs' | 'isHeldBack'>;
  },
): () => void {
  const { producer, sourceId, kind, consumer } = watched;
  const check = makeConsumptionCheck({
    consumer,
    countWaiting: async () => {
      const { waiting, isFlowing } = await producer.readQueue(kind);
      return isFlowing ? waiting : 0;
    },
  });
  return readiness.addCheck(`consumption of ${sourceId}-${kind}`, check);
}
