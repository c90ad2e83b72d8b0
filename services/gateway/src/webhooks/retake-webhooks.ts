import { TerminalFailure } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import { listDeadWebhooks, noteUnreadAgain, readWebhookBody, type FailureFilter } from '@voxport/warehouse';
import { startWebhooks } from './start-webhooks.ts';

/** Dead letters that are read at once: each may be as large as a webhook can be. */
const pageSize = 20;

/**
 * Reads the dead letters of stage `webhook` again that a filter means, of the sources of the context that take
 * webhooks. What this version can read is taken in as if it had just been received; the others stay open.
 */
export async function retakeWebhooks(
  context: ServiceContext,
  filter: FailureFilter,
): Promise<{ readonly taken: number; readonly unreadable: number }> {
  const { kysely } = context.database;
  const webhooks = await startWebhooks(context);
  let [taken, unreadable] = [0, 0];
  try {
    for (const { config } of context.sources) {
      const source = webhooks.of(config.sourceId);
      if (source === null || (filter.sourceId !== null && filter.sourceId !== config.sourceId)) continue;
      for (let afterId = 0; ;) {
        const dead = await listDeadWebhooks(kysely, { filter, sourceId: config.sourceId, afterId, limit: pageSize });
        for (const webhook of dead) {
          afterId = webhook.failureId;
          const body = await readWebhookBody(kysely, webhook.eventId).catch(noneIfDamaged);
          if (body !== null && (await source.retake(webhook, body)) !== null) taken += 1;
          else {
            await noteUnreadAgain(kysely, webhook.failureId);
            unreadable += 1;
          }
        }
        if (dead.length < pageSize) break;
      }
    }
  } finally {
    await webhooks.close();
  }
  return { taken, unreadable };
}

/** A body that is damaged in the database is one that cannot be read: the others are none the worse for it. */
function noneIfDamaged(error: unknown): null {
  if (error instanceof TerminalFailure) return null;
  throw error;
}
