import type { Consumer, Producer, QueueKind } from '@voxport/jobs';
import { makeConsumptionCheck } from './consumption.ts';
import type { Readiness } from './readiness.ts';

/** Makes a process unready when a consumer of it consumes no more; returns the function that ends the watch. */
export function watchConsumption(
  { readiness }: { readonly readiness: Pick<Readiness, 'addCheck'> },
  watched: {
    readonly producer: Pick<Producer, 'hasJobToTake'>;
    readonly sourceId: string;
    readonly kind: QueueKind;
    readonly consumer: Pick<Consumer, 'lastProgressMs' | 'activeJobs' | 'isHeldBack'>;
  },
): () => void {
  const { producer, sourceId, kind, consumer } = watched;
  const check = makeConsumptionCheck({
    consumer,
    hasJobToTake: () => producer.hasJobToTake(kind),
  });
  return readiness.addCheck(`consumption of ${sourceId}-${kind}`, check);
}
