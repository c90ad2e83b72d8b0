import { expect, test } from 'vitest';
import { readArguments } from './arguments.ts';

test('arguments become options by their units', () => {
  const { options, arrivalsPerMinute, faults } = readArguments(
    '--port 4010 --count 50 --seed 12 --in-flight 5 --per-second 9 --latency 10-50 --gzip off --arrivals 30 --agents 3 --turns 8'.split(
      ' ',
    ),
  );
  expect(options).toEqual({
    port: 4010,
    conversationCount: 50,
    seed: 12,
    requestsInFlightMax: 5,
    requestsPerSecondMax: 9,
    latencyMs: { minMs: 10, maxMs: 50 },
    gzipLevel: null,
    agentCount: 3,
    turnsPerConversation: 8,
  });
  expect(arrivalsPerMinute).toBe(30);
  expect(faults).toEqual([]);
});

test('an empty key asks for none, and nothing given leaves every default', () => {
  expect(readArguments(['--key', '']).options).toEqual({ apiKey: null });
  expect(readArguments([]).options).toEqual({});
});

test.each([
  ['--count', '-1', /argument is ambiguous/],
  ['--count', 'many', '--count needs a whole number, not "many".'],
  ['--latency', 'fast', '--latency needs a whole number, not "fast".'],
  ['--faults', '{}', '--faults needs a JSON array of faults.'],
  ['--voiceable-rows', 'odd', '--voiceable-rows needs documented, observed or mixed, not "odd".'],
  ['--unknown', '1', /Unknown option '--unknown'/],
])('%s %s is refused with a sentence', (name, value, message) => {
  expect(() => readArguments([name, value])).toThrow(message);
});
