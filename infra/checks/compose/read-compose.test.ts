import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCompose, startOrder } from './read-compose.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxport-compose-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function read(text: string, profiles: readonly string[] = []) {
  const path = join(directory, 'compose.yaml');
  writeFileSync(path, text);
  return readCompose({ path, variables: { LEVEL: 'debug' }, profiles });
}

describe('a compose file', () => {
  test('is read with its anchors merged, its variables replaced, and the defaults of Compose', () => {
    const { services, secretFiles } = read(`
x-base: &base
  build: .
  environment: { LEVEL: '\${LEVEL}', COUNT: 2 }
services:
  one:
    <<: *base
    command: [a.ts]
    secrets: [key]
    stop_grace_period: 2m
  two:
    <<: *base
    image: two:1
secrets:
  key: { file: secrets/key }
`);
    expect(services.get('one')).toMatchObject({
      isBuilt: true,
      command: ['a.ts'],
      environment: { LEVEL: 'debug', COUNT: '2' },
      secrets: ['key'],
      stopGracePeriodMs: 120_000,
    });
    expect(services.get('two')).toMatchObject({ image: 'two:1', stopGracePeriodMs: 10_000, secrets: [] });
    expect(secretFiles).toEqual({ key: 'secrets/key' });
  });

  const withProfile = `
services:
  one: { image: a, depends_on: { two: { condition: service_healthy, required: false } } }
  two: { image: b, profiles: [extra] }
`;

  test('has the services of the active profiles only, and no dependency on the others', () => {
    const without = read(withProfile).services;
    expect([...without.keys()]).toEqual(['one']);
    expect(without.get('one')?.dependsOn).toEqual({});
    const { services } = read(withProfile, ['extra']);
    expect(services.get('one')?.dependsOn).toEqual({ two: { condition: 'service_healthy', isRequired: false } });
    expect(startOrder(services).map(({ name }) => name)).toEqual(['two', 'one']);
  });

  test('that needs a service which is not there, or a secret, is an error', () => {
    expect(() => read('services: { one: { depends_on: { two: { condition: service_started } } } }')).toThrow(
      'one depends on two',
    );
    expect(() => read('services: { one: { secrets: [key] } }')).toThrow('one uses the unknown secret key');
  });

  test('whose services wait for each other is an error that names them', () => {
    const { services } = read(`
services:
  one: { depends_on: { two: { condition: service_started } } }
  two: { depends_on: { one: { condition: service_started } } }
`);
    expect(() => startOrder(services)).toThrow('one → two → one');
  });
});
