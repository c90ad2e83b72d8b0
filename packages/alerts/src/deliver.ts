import type { AlertReceiver, Logger } from '@voxport/runtime';
import { claimDelivery, settleSent, settleUnsent, type TransactionalExecutor } from '@voxport/warehouse';
import { sendNotice } from './send-notice.ts';

const backoffBaseMs = 5000;
const backoffMaxMs = 300_000;

/**
 * Tells a receiver what it is to be told, until nothing is due or it takes something not. What it does not take stays
 * in the outbox and is tried again, at first after five seconds, at last every five minutes, for a week. Returns how
 * many it has taken.
 */
export async function deliverDue(
  kysely: TransactionalExecutor,
  receiver: AlertReceiver,
  options: { now: () => Promise<Date>; logger: Logger; signal: AbortSignal },
): Promise<number> {
  const { now, logger, signal } = options;
  for (let taken = 0; ; taken += 1) {
    if (signal.aborted) return taken;
    const at = await now();
    const delivery = await claimDelivery(kysely, { receiver: receiver.name, now: at });
    if (delivery === null) return taken;
    const { deliveryId, attempts } = delivery;
    const result = await sendNotice(receiver, { ...delivery, now: at }, signal);
    if (result.kind === 'taken') {
      await settleSent(kysely, { deliveryId, now: at });
      continue;
    }
    const delayMs = Math.max(
      result.retryAfterMs ?? 0,
      signal.aborted ? 0 : Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(attempts - 1, 10)),
    );
    const error = `${result.status ?? 'no answer'}: ${result.said}`;
    await settleUnsent(kysely, { deliveryId, error, dueAt: new Date(at.getTime() + delayMs) });
    logger.warn({ receiver: receiver.name, deliveryId, attempts, delayMs }, `an alert was not taken: ${error}`);
    return taken;
  }
}
