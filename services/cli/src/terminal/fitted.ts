import { wrapped } from '../report/wrapped.ts';

/** A line that is a command to be typed, however this process was invoked. */
const command = /^\s*→ (?:(?:npx|npm|pnpm|yarn|node) (?:\S+ )*?)?\S*(?:voxport|main\.ts|voxport\.js)(?: |$)/u;

/**
 * Text for a terminal: a line wider than `columns` characters is broken at spaces, and what follows stands as deep as
 * its first word. A command ends in a backslash where it is broken, so that it can be copied as it stands; nothing in
 * quotes is broken in one. A word that no line can hold stays whole.
 */
export function fitted(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.length <= columns) return [line];
      const indent = ' '.repeat(/^\s*(?:→ )?/u.exec(line)![0].length);
      return command.test(line) ? brokenCommand(line, indent, columns) : wrapped(line, indent, columns);
    })
    .join('\n');
}

function brokenCommand(line: string, indent: string, columns: number): string[] {
  const [, start = '', rest = ''] = /^(\s*→ )(.*)$/u.exec(line) ?? [];
  const lines: string[] = [];
  let open = start;
  const words = rest.match(/(?:"[^"]*"|'[^']*'|\S)+/gu) ?? [];
  for (const [index, word] of words.entries()) {
    const isFirst = open.trim() === '' || open === start;
    // Where another word follows, the backslash may need two more characters.
    const room = columns - (index === words.length - 1 ? 0 : 2);
    if (!isFirst && open.length + 1 + word.length > room) {
      lines.push(`${open} \\`);
      open = `${indent}  ${word}`;
    } else open = isFirst ? `${open}${word}` : `${open} ${word}`;
  }
  return [...lines, open];
}
