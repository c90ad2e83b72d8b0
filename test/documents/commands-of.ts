/** A command that a document tells a reader to run. */
export interface DocumentedCommand {
  readonly program: 'voxport' | 'pnpm' | 'node';
  /** The words that follow, without quotes. */
  readonly args: readonly string[];
  /** As it stands in the document. */
  readonly text: string;
  /** Whether it stands in a sentence, not in a block to be copied. */
  readonly isMention: boolean;
}

const prefixes: readonly (readonly [RegExp, DocumentedCommand['program']])[] = [
  [/^(?:npx -y pnpm@12|pnpm) voxport\s+/u, 'voxport'],
  [/^(?:npx )?voxport\s+/u, 'voxport'],
  [/^(?:npx -y pnpm@12|pnpm) /u, 'pnpm'],
  [/^node /u, 'node'],
];

/**
 * The commands of ours in a document: the lines of its shell blocks, and what stands in backquotes. What is left to the
 * reader to fill in (`…`, `T`, `ID`, `<name>`) is no command to try.
 */
export function commandsOf(markdown: string): DocumentedCommand[] {
  const blocks = Array.from(markdown.matchAll(/^```(?:sh|bash|console)?\n([^]*?)^```/gmu), ([, text = '']) => text);
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  const inline = Array.from(
    markdown.replaceAll(/^```[^]*?^```/gmu, '').matchAll(/`([^`\n]+)`/gu),
    ([, text = '']) => text,
  );
  const found = [
    ...lines.map((line) => ({ line, isMention: false })),
    ...inline.map((line) => ({ line, isMention: true })),
  ];
  return found.flatMap(({ line, isMention }) => {
    const text = line
      .trim()
      .replace(/^\$ /u, '')
      .replace(/^(?:[A-Z_]+=\S*\s+)+/u, '');
    for (const [prefix, program] of prefixes) {
      if (!prefix.test(text)) continue;
      const words = text.replace(prefix, '').replaceAll('\\|', '|');
      if (/…|\.\.\.|<\w|(?:^|[\s=])(?:T|ID|SQL|N)(?:\s|$)|[a-z]\|[a-z]/u.test(words.replaceAll(/"[^"]*"/gu, '')))
        return [];
      return [{ program, args: wordsOf(words), text, isMention }];
    }
    return [];
  });
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [whole, double, single] of text.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/gu)) {
    if (/^(?:#|&&|\||>|2>|;)/u.test(whole)) break;
    words.push(double ?? single ?? whole);
  }
  return words;
}
