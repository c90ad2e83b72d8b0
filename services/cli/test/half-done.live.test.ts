import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import type { ServiceContext } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { describeOnBothQueues } from './export-parts.ts';
import { startFleet } from './start-fleet.ts';
import { openExport } from './open-export.ts';

const conversationCount = 20;

async function runs(context: ServiceContext): Promise<unknown[]> {
  return runQuery(
    context.database.kysely,
    'select run_id, kind, state, listed, loaded from voxport_ops.runs order by run_id',
  );
}

describeOnBothQueues('what a process left half done', (openQueueStore) => {
  /** A fleet in this process, as soon as `leave` has left something half done. */
  async function startLeft(leave: (context: ServiceContext) => Promise<void>) {
    await using opened = new AsyncDisposableStack();
    const { context } = opened.use(await openExport({ simulator: { conversationCount, seed: 3 }, openQueueStore }));
    await leave(context);
    opened.use(await startFleet(context));
    const kept = opened.move();
    return { context, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
  const whole = { run_id: 1, kind: 'sync', state: 'finished', listed: conversationCount, loaded: conversationCount };

  test('a queue that is paused while its source is not is resumed', async () => {
    await using fleet = await startLeft(async (context) => context.sources[0]!.producer.pause());
    await eventually(async () => JSON.stringify(await runs(fleet.context)) === JSON.stringify([whole]), {
      what: 'the sync to be whole',
    });
    expect(await fleet.context.sources[0]!.producer.isPaused()).toBe(false);
  });
});
