import { makeMetrics, type MetricDescription } from '../../packages/runtime/src/index.ts';

const begin = '<!-- The tables are written by `pnpm docs:metrics`. -->';
const end = '<!-- End of the tables. -->';
const stateMark = ' (shared state)';

/**
 * The document of the metrics with its tables made anew; what stands around them is kept.
 * @throws Error when the marks are gone.
 */
export function writeTables(document: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/metrics.md lacks the mark ${begin} or ${end}`);
  const metrics = makeMetrics();
  metrics.addState(async () => ({}));
  const described = metrics.describe();
  const own = described.filter(({ help }) => !help.endsWith(stateMark));
  const shared = described.filter(({ help }) => help.endsWith(stateMark));
  return [
    before,
    `${begin}\n\n### What each process counts\n\n${table(own)}\n\n`,
    `### The state that all processes share\n\n${table(shared)}\n\n${end}`,
    after,
  ].join('');
}

function table(metrics: readonly MetricDescription[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help.replace(stateMark, ''),
  ]);
  const all = [['metric', 'type', 'labels', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
