import { entityNames } from '@voxport/domain';
import { expect, test } from 'vitest';
import { entitiesConfig } from './entities-config.ts';

function read(given: Partial<Parameters<typeof entitiesConfig>[0]>) {
  const problems: string[] = [];
  const config = entitiesConfig({ entities: undefined, dialect: 'elevenlabs', mode: 'poll', ...given }, (text) =>
    problems.push(text),
  );
  return { config, problems };
}

test('nothing is synced where nothing is said, and everything on request', () => {
  expect(read({})).toEqual({ config: null, problems: [] });
  expect(read({ entities: 'all' })).toEqual({
    config: { names: entityNames, everySecs: 10_800, branchesEverySecs: 86_400 },
    problems: [],
  });
  expect(read({ dialect: 'voiceable' })).toEqual({ config: null, problems: [] });
  expect(read({ mode: 'webhook' })).toEqual({ config: null, problems: [] });
  expect(read({ entities: 'off' })).toEqual({ config: null, problems: [] });
});

test('some are chosen, in the order in which they need each other', () => {
  expect(read({ entities: ['tags', 'agents'] }).config?.names).toEqual(['agents', 'tags']);
  expect(read({ entities: { names: ['tools'], every: '1h' } }).config).toMatchObject({
    names: ['tools'],
    everySecs: 3600,
  });
});

test('what would do nothing is refused, and a time that is none', () => {
  expect(read({ dialect: 'voiceable', entities: ['tags'] }).problems).toEqual([
    expect.stringContaining('voiceable has no entities'),
  ]);
  expect(read({ mode: 'webhook', entities: ['tags'] }).problems).toEqual([expect.stringContaining('never asks')]);
  expect(read({ entities: { every: '5s' } }).problems).toEqual([expect.stringContaining('entities.every "5s"')]);
});
