import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { openQueue, type QueueKind } from '@voxport/jobs';
import type { ServiceContext } from '@voxport/runtime';
import type { FastifyInstance } from 'fastify';
import { queuesPolicy } from '../http/headers.ts';
import type { Guard } from '../auth/operator-guard.ts';

const prefix = '/queues';
const kinds: readonly QueueKind[] = ['fetch', 'load', 'plan'];

/**
 * Shows the queues under `/queues`, to look at and not to change: Postgres is the truth about work, and a job that is
 * removed or paused by hand comes back with the next sweep. What operators control is runs and failures. `close` closes
 * the queues.
 */
export async function mountQueues(
  app: FastifyInstance,
  context: ServiceContext,
  guard: Guard,
): Promise<{ close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const { logger, outages } = context;
  const onError = (error: Error): void =>
    outages.report({ store: 'queue', error, logger, what: 'the queue reports an error' });
  const adapters: BullMQAdapter[] = [];
  for (const { config } of context.sources) {
    for (const kind of kinds) {
      const queue = await openQueue(context.engine, config.sourceId, kind, onError);
      opened.defer(() => queue.close());
      // The board is typed for queues on Redis; it reads those on Postgres through the same interface.
      adapters.push(new BullMQAdapter(queue as never, { readOnlyMode: true, delimiter: '' }));
    }
  }
  const board = new FastifyAdapter();
  board.setBasePath(prefix);
  createBullBoard({
    queues: adapters,
    serverAdapter: board,
    options: {
      uiConfig: {
        boardTitle: 'Voxport queues',
        miscLinks: [{ text: 'Overview', url: '/' }],
        favIcon: { default: '/favicon.svg', alternative: '/favicon.svg' },
      },
    },
  });
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if ((await guard(request, reply)) === null) return reply;
      void reply.header('content-security-policy', queuesPolicy);
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return reply.code(405).send({ message: 'The queues can only be looked at here.' });
    });
    // The board would load a font from elsewhere; the policy forbids it, and a browser would complain on every page.
    scope.addHook('onSend', async (_request, reply, payload) =>
      typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')
        ? payload.replaceAll(/<link[^>]*fonts\.googleapis\.com[^>]*>/gu, '')
        : payload,
    );
    await scope.register(board.registerPlugin(), { prefix });
  });
  const kept = opened.move();
  return { close: () => kept.disposeAsync() };
}
