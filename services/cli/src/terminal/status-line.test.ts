import { expect, test } from 'vitest';
import { makeStatusLine } from './status-line.ts';

/** What a terminal shows after what was written: lines that scrolled by, and the line on which the cursor stands. */
function terminal() {
  let text = '';
  const stream = { columns: 40, write: (chunk: string) => void (text += chunk) };
  const lines = (): string[] => text.split('\n').map((line) => line.split('\r\u001B[2K').at(-1)!);
  return { line: makeStatusLine(stream), lines, text: () => text };
}

test('a line is drawn over the one before', () => {
  const { line, lines } = terminal();
  line.show('one, which is long');
  line.show('two');
  expect(lines()).toEqual(['two']);
});

test('other lines stand above it, whole, and it stays the last', () => {
  const { line, lines } = terminal();
  line.write('before\n');
  line.show('50%');
  line.write('a log line\n');
  line.write('without an end');
  line.show('60%');
  expect(lines()).toEqual(['before', 'a log line', 'without an end', '60%']);
  line.clear();
  line.write('after\n');
  expect(lines()).toEqual(['before', 'a log line', 'without an end', 'after', '']);
});

test('the same line is not written again, and there is nothing to clear where nothing was shown', () => {
  const { line, text } = terminal();
  line.clear();
  expect(text()).toBe('');
  line.show('50%');
  const written = text();
  line.show('50%');
  expect(text()).toBe(written);
});
