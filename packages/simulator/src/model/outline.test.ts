import { expect, test } from 'vitest';
import { isVisible, outlineAt, reachedTurnsOf } from './outline.ts';
import { makeWorld } from './world.ts';

function worldAt(nowSecs: number, hasOnlyChats = false) {
  return makeWorld({
    seed: 4,
    agentCount: 6,
    turnsPerConversation: 20,
    hasOnlyChats,
    conversationCount: 400,
    startUnixSecs: 1_000_000,
    endUnixSecs: 1_040_000,
    tiedStarts: { share: 0.1, size: 4 },
    nowMs: () => nowSecs * 1000,
  });
}

test('a call goes from initiated over in-progress and processing to its end as the clock goes', () => {
  const { startUnixSecs, fullDurationSecs } = outlineAt(worldAt(9_000_000), 10);
  const phaseAfter = (secs: number) => outlineAt(worldAt(startUnixSecs + secs), 10).phase;
  expect(fullDurationSecs).toBeGreaterThan(20);
  expect([phaseAfter(0), phaseAfter(10), phaseAfter(fullDurationSecs + 1), phaseAfter(fullDurationSecs + 31)]).toEqual([
    'initiated',
    'in-progress',
    'processing',
    'done',
  ]);
});

test('a running call has only the turns and seconds that the clock allows, and the same facts as later', () => {
  const later = outlineAt(worldAt(9_000_000), 10);
  const running = outlineAt(worldAt(later.startUnixSecs + 20), 10);
  expect(running.durationSecs).toBe(20);
  expect(reachedTurnsOf(running)).toBeLessThan(reachedTurnsOf(later));
  expect(reachedTurnsOf(running)).toBeGreaterThan(0);
  for (const key of ['conversationId', 'versionId', 'userId', 'topicId', 'language', 'plan'] as const)
    expect(running[key]).toEqual(later[key]);
  expect(running.hasAnalysis).toBe(false);
  expect(running.hasCharging).toBe(false);
});

test('some analyses arrive long after their call is done', () => {
  const late = Array.from({ length: 400 }, (_, index) => {
    const { startUnixSecs, fullDurationSecs, phase } = outlineAt(worldAt(9_000_000), index);
    return phase === 'done' && !outlineAt(worldAt(startUnixSecs + fullDurationSecs + 500), index).hasAnalysis;
  }).filter(Boolean).length;
  expect(late).toBeGreaterThan(10);
  expect(late).toBeLessThan(80);
});

test('turns average what was asked for', () => {
  const world = worldAt(9_000_000);
  const counts = Array.from({ length: 400 }, (_, index) => outlineAt(world, index).turnCount);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(mean).toBeGreaterThan(16);
  expect(mean).toBeLessThan(24);
});

test('a patch hides, deletes and holds', () => {
  const world = worldAt(9_000_000);
  world.patches.set(1, { isDeleted: true });
  world.patches.set(2, { isHidden: true });
  world.patches.set(3, { phase: 'processing' });
  expect([0, 1, 2].map((index) => isVisible(world, index))).toEqual([true, false, false]);
  expect(outlineAt(world, 3).phase).toBe('processing');
});

test('a world of chats has about as many turns as asked for, all of them text, and no tools', () => {
  const world = worldAt(1_800_000_000, true);
  const outlines = Array.from({ length: 200 }, (_, index) => outlineAt(world, index));
  const done = outlines.filter(({ phase }) => phase === 'done');
  expect(done.length).toBeGreaterThan(150);
  expect(outlines.every(({ isTextOnly, plan }) => isTextOnly && plan.every(([kind]) => kind !== 'tool'))).toBe(true);
  const turns = outlines.reduce((sum, { turnCount }) => sum + turnCount, 0) / outlines.length;
  expect(Math.abs(turns - 20)).toBeLessThan(2);
});
