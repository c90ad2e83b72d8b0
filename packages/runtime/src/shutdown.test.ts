import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { shutdownSignal } from './shutdown.ts';

function listening() {
  const source = new EventEmitter();
  const exits: number[] = [];
  return { source, exits, ...shutdownSignal(source, (code) => void exits.push(code)) };
}

test.each(['SIGTERM', 'SIGINT'] as const)('the first %s asks for an ordered end, and tells which it was', (name) => {
  const { source, signal, exits } = listening();
  expect(signal.aborted).toBe(false);
  source.emit(name);
  expect(signal.aborted).toBe(true);
  expect((signal.reason as Error).message).toBe(name);
  expect(exits).toEqual([]);
});

test('the second signal, of whichever kind, ends the process at once with the code of that signal', () => {
  const first = listening();
  first.source.emit('SIGTERM');
  first.source.emit('SIGINT');
  expect(first.exits).toEqual([130]);
  const second = listening();
  second.source.emit('SIGINT');
  second.source.emit('SIGTERM');
  expect(second.exits).toEqual([143]);
});

test('nothing is listened to any more after the end', () => {
  const { source, signal, stopListening } = listening();
  stopListening();
  expect(source.listenerCount('SIGTERM') + source.listenerCount('SIGINT')).toBe(0);
  expect(signal.aborted).toBe(false);
});
