import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordingName } from './recording-name.ts';

const nameOf = (conversationId: string, contentType = 'audio/mpeg'): string =>
  recordingName({ sourceId: 'support', conversationId, contentType });

test('a name tells source, conversation and type', () => {
  expect(nameOf('conv_01')).toMatch(/^support\/[0-9a-f]{2}\/conv_01\.mp3$/u);
  expect(nameOf('conv_01', 'audio/x-wav')).toMatch(/conv_01\.wav$/u);
  expect(nameOf('conv_01', 'application/octet-stream')).toMatch(/conv_01\.bin$/u);
});

test('no conversation id leads out of its directory, or to a name that a file system refuses', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
        fc.constantFrom('.', '..', '../../etc/passwd', 'a/b', '\\', '\0'),
      ),
      (id) => {
        const steps = nameOf(id).split('/');
        expect(steps).toHaveLength(3);
        expect(Buffer.byteLength(steps[2]!)).toBeLessThanOrEqual(255);
        expect(steps[2]).not.toMatch(/^\.|[\\\0]/u);
      },
    ),
    { numRuns: 40 },
  );
});

test('different conversations have different names', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 400 }), fc.string({ minLength: 1, maxLength: 400 }), (a, b) => {
      fc.pre(a !== b);
      expect(nameOf(a)).not.toBe(nameOf(b));
    }),
  );
  const long = 'x'.repeat(500);
  expect(nameOf(`${long}a`)).not.toBe(nameOf(`${long}b`));
});
