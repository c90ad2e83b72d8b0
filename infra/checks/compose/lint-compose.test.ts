import { describe, expect, test } from 'vitest';
import { lintCompose } from './lint-compose.ts';

const service = { image: 'postgres:18-bookworm' };

describe('a compose document', () => {
  test('that fits the specification has no faults', () => {
    expect(lintCompose({ name: 'x', services: { one: { ...service, ports: ['127.0.0.1:1:1'], init: true } } })).toEqual(
      [],
    );
  });

  test.each([
    ['an unknown key', { restrat: 'always' }],
    ['a value of the wrong type', { read_only: ['yes'] }],
    ['an unknown condition', { depends_on: { two: { condition: 'service_ready' } } }],
  ])('with %s does not fit the schema', (_what, fault) => {
    expect(lintCompose({ name: 'x', services: { one: { ...service, ...fault } } })).toEqual([
      expect.stringMatching(/^invalid-schema: .*services\/one/),
    ]);
  });

  test('that publishes a port on every address is told', () => {
    expect(lintCompose({ name: 'x', services: { one: { ...service, ports: ['5432:5432'] } } })).toEqual([
      expect.stringMatching(/^no-unbound-port-interfaces/),
    ]);
  });

  test('with an image that names no version is told', () => {
    expect(lintCompose({ name: 'x', services: { one: { image: 'redis:latest' } } })).toEqual([
      expect.stringMatching(/^service-image-require-explicit-tag/),
    ]);
  });
});
