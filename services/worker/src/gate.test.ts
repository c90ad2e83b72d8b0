import { describe, expect, test } from 'vitest';
import { makeGate } from './gate.ts';

const never = new AbortController().signal;

describe('a gate', () => {
  test('lets so many through, and the next one when one leaves, in the order of arrival', async () => {
    const gate = makeGate(2);
    const leaveFirst = await gate.enter(never);
    await gate.enter(never);
    const order: string[] = [];
    const third = gate.enter(never).then(() => order.push('third'));
    const fourth = gate.enter(never).then(() => order.push('fourth'));
    expect(gate.inside()).toBe(2);
    leaveFirst();
    await third;
    expect(order).toEqual(['third']);
    expect(gate.inside()).toBe(2);
    gate.resize(3);
    await fourth;
    expect(order).toEqual(['third', 'fourth']);
  });

  test('counts a place that is given back twice once', async () => {
    const gate = makeGate(1);
    const leave = await gate.enter(never);
    leave();
    leave();
    await gate.enter(never);
    expect(gate.inside()).toBe(1);
  });

  test('holds back new ones after it shrank, until enough have left', async () => {
    const gate = makeGate(3);
    const leaves = [await gate.enter(never), await gate.enter(never), await gate.enter(never)];
    gate.resize(1);
    let isIn = false;
    const next = gate.enter(never).then(() => (isIn = true));
    leaves[0]?.();
    leaves[1]?.();
    await Promise.resolve();
    expect(isIn).toBe(false);
    leaves[2]?.();
    await next;
    expect(gate.inside()).toBe(1);
  });

  test('sends everybody away while it has no room at all', async () => {
    const gate = makeGate(1);
    const leave = await gate.enter(never);
    const waiting = gate.enter(never);
    gate.resize(0);
    await expect(waiting).rejects.toMatchObject({ code: 'concurrent_limit' });
    await expect(gate.enter(never)).rejects.toMatchObject({ code: 'concurrent_limit' });
    leave();
    gate.resize(1);
    await gate.enter(never);
  });

  test('lets a waiting one go when it is aborted, without losing a place', async () => {
    const gate = makeGate(1);
    const leave = await gate.enter(never);
    const abort = new AbortController();
    const waiting = gate.enter(abort.signal);
    abort.abort(new Error('shutdown'));
    await expect(waiting).rejects.toThrow('shutdown');
    await expect(gate.enter(abort.signal)).rejects.toThrow('shutdown');
    leave();
    await gate.enter(never);
    expect(gate.inside()).toBe(1);
  });
});
