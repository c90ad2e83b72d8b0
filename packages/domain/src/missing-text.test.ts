import { expect, test } from 'vitest';
import { missingText } from './missing-text.ts';

test('what holds a missing range up is told with its windows', () => {
  const one = { windows: 1, windowId: 7, errorClass: null };
  expect(missingText({ reason: 'listing', ...one })).toBe('being listed (window 7)');
  expect(missingText({ reason: 'run_paused', ...one, windows: 3 })).toBe('its run is paused (3 windows)');
  expect(missingText({ reason: 'failed', ...one, errorClass: 'timeout' })).toBe('failed (window 7: timeout)');
  const none = { windows: 0, windowId: null, errorClass: null };
  expect(missingText({ reason: 'source_paused', ...none })).toBe('the source is paused');
  expect(missingText({ reason: 'next_sync', ...none })).toBe('the next sync lists it');
});
