import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { describeOnBothQueues } from './export-parts.ts';
import { conversationCount, whole, secondHalf, openStage, asked } from './control-stage.ts';
import { runVoxport } from './voxport.ts';

describeOnBothQueues('two backfills that overlap', (openQueueStore) => {
  test('at once, each in a process of its own, fetch every conversation once between them', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    simulator.setLimits({ latencyMs: 30 });
    const backfill = async (range: readonly string[]): Promise<Record<string, unknown>> => {
      const { stdout, stderr } = await runVoxport(['backfill', ...range, '--json'], env);
      expect(stdout, stderr.join('\n')).toHaveLength(1);
      return JSON.parse(stdout[0]!) as Record<string, unknown>;
    };
    const both = await Promise.all([backfill(whole), backfill(secondHalf)]);
    expect(both).toMatchObject([
      { state: 'finished', failed: 0 },
      { state: 'finished', failed: 0 },
    ]);
    expect(asked(stage)).toBe(conversationCount);
    expect(Math.max(...simulator.stats().detailRequests.values())).toBe(1);
    const sum = (name: string): number => both.reduce((total, run) => total + Number(run[name]), 0);
    expect(sum('loaded')).toBe(conversationCount);
    expect(sum('listed')).toBe(sum('loaded') + sum('unchanged'));
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'support')).toBe(conversationCount);
  }, 120_000);
});
