import { expect, test } from 'vitest';
import { makeLandedBodies } from './landed-bodies.ts';

const digest = (name: string): Uint8Array => Buffer.from(name.padEnd(32, '.'));
const body = (text: string): Uint8Array => Buffer.from(text);

test('what was put is held by its digest until it is forgotten', () => {
  const bodies = makeLandedBodies({ countMax: 10, bytesMax: 100 });
  bodies.put(digest('a'), body('first'));
  bodies.put(digest('b'), body('second'));
  const held = bodies.held();
  bodies.forget([digest('a')]);
  // What was held at the moment of the claim is there for the whole of the batch.
  expect(held.bodyOf(digest('a'))).toEqual(body('first'));
  expect(held.sha256s).toEqual([digest('a'), digest('b')]);
  expect(bodies.held().bodyOf(digest('a'))).toBeNull();
  expect(bodies.held().sha256s).toEqual([digest('b')]);
});

test('the oldest are let go where there are too many, or too many bytes', () => {
  const bodies = makeLandedBodies({ countMax: 2, bytesMax: 10 });
  bodies.put(digest('a'), body('1234'));
  bodies.put(digest('b'), body('1234'));
  bodies.put(digest('c'), body('12'));
  expect(bodies.held().sha256s).toEqual([digest('b'), digest('c')]);
  bodies.put(digest('d'), body('123456789'));
  expect(bodies.held().sha256s).toEqual([digest('d')]);
  // One that is too large by itself is read from the database.
  bodies.put(digest('e'), body('12345678901'));
  expect(bodies.held().sha256s).toEqual([]);
  bodies.put(digest('f'), body('1234567890'));
  expect(bodies.held().sha256s).toEqual([digest('f')]);
});

test('the same content again counts once, and is the youngest', () => {
  const bodies = makeLandedBodies({ countMax: 2, bytesMax: 10 });
  bodies.put(digest('a'), body('12345'));
  bodies.put(digest('b'), body('1234'));
  bodies.put(digest('a'), body('12345'));
  expect(bodies.held().sha256s).toEqual([digest('b'), digest('a')]);
  bodies.put(digest('c'), body('1'));
  expect(bodies.held().sha256s).toEqual([digest('a'), digest('c')]);
});
