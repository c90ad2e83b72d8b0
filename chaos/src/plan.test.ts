import { expect, test } from 'vitest';
import { faults, findFaults, shortFaults } from './faults/catalog.ts';
import { readOptions } from './options.ts';
import { planRounds } from './play.ts';

const read = (...args: string[]) => readOptions(args, () => 'drawn');

test('every fault has a name of its own and says what happens', () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  expect(faults.filter(({ what }) => what.length < 8)).toEqual([]);
});

test('a fault is found by its name, several by their beginning, and an unknown name is an error', () => {
  expect(findFaults(['kill-all']).map(({ name }) => name)).toEqual(['kill-all']);
  expect(findFaults(['redis-']).every(({ name }) => name.startsWith('redis-'))).toBe(true);
  expect(findFaults(['redis-', 'redis-flush']).length).toBe(findFaults(['redis-']).length);
  expect(() => findFaults(['earthquake'])).toThrow('There is no fault "earthquake"');
  expect(findFaults(shortFaults)).toHaveLength(shortFaults.length);
});

test('rounds are planned on the queues where a fault makes sense, all faults once before any twice', () => {
  const planned = planRounds(findFaults(['redis-flush', 'kill-all']), ['redis', 'postgres'], 2);
  expect(planned.map(({ fault, queue, round }) => `${fault.name} ${queue} ${round}`)).toEqual([
    'redis-flush redis 1',
    'kill-all redis 1',
    'kill-all postgres 1',
    'redis-flush redis 2',
    'kill-all redis 2',
    'kill-all postgres 2',
  ]);
});

test('without a seed one is drawn, and options that make no sense are refused with a sentence', () => {
  expect(read()).toMatchObject({ seed: 'drawn', rounds: 1, faults: null, queues: ['redis', 'postgres'], slots: 1 });
  expect(read('--seed', 'x', '--queue', 'postgres', '--faults', 'a,b')).toMatchObject({
    seed: 'x',
    queues: ['postgres'],
    faults: ['a', 'b'],
  });
  expect(() => read('--rounds', '0')).toThrow('--rounds needs a positive integer');
  expect(() => read('--queue', 'kafka')).toThrow('--queue needs redis, postgres or both');
});
