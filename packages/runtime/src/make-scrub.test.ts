import fc from 'fast-check';
import { expect, test } from 'vitest';
import { secret } from './config/secret.ts';
import { secretsOf } from './config/secrets-of.ts';
import { makeScrub } from './make-scrub.ts';

test('a line holds no secret of the configuration, in none of the forms that a line may have it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.string(), (key, around) => {
      const scrub = makeScrub([key]);
      const line = JSON.stringify({
        message: `${around} ${key} ${around}`,
        url: `https://x/?key=${encodeURIComponent(key)}`,
      });
      const scrubbed = scrub(line);
      expect(scrubbed).not.toContain(JSON.stringify(key).slice(1, -1));
      expect(scrubbed).not.toContain(encodeURIComponent(key));
    }),
  );
});

test('passwords are cut out of every URL, and what stands around them stays', () => {
  const scrub = makeScrub([]);
  expect(
    scrub('cannot reach postgres://voxport:pw@db:5432/voxport or redis://:other@redis:6379, see https://a.b/c@d'),
  ).toBe(
    'cannot reach postgres://voxport:[redacted]@db:5432/voxport or redis://:[redacted]@redis:6379, see https://a.b/c@d',
  );
});

test('the secrets of a configuration are found wherever they stand, those of URLs with their escapes', () => {
  const config = {
    databaseUrl: 'postgres://u:p%40ssword1@h/d',
    queueUrl: null,
    sources: [{ apiKey: secret('the-api-key'), since: new Date(0), baseUrl: 'https://api.example.com' }],
    alerts: { receivers: [{ url: secret('https://hooks.example.com/services/T0/B0/XYZ') }] },
    traces: { headers: { authorization: secret('Bearer 123') } },
  };
  expect(secretsOf(config)).toEqual([
    'p%40ssword1',
    'p@ssword1',
    'the-api-key',
    'https://hooks.example.com/services/T0/B0/XYZ',
    'Bearer 123',
  ]);
});
