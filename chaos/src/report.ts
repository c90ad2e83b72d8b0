import type { Fault } from './faults/fault.ts';
import type { RoundResult } from './round.ts';

/** One line for a round that has ended. */
export function describeRound(result: RoundResult): string {
  const { fault, queue, round, work, outcome, settledSecs, requestsPerConversation, problems, notes } = result;
  const settled = settledSecs === null ? '' : `settled ${settledSecs.toFixed(1)} s after the fault`;
  const cost = outcome === 'skipped' ? '' : `${requestsPerConversation.toFixed(2)} requests a conversation`;
  const head = [outcome.padEnd(7), fault.padEnd(32), queue.padEnd(8), `#${round} ${work.padEnd(8)}`, settled, cost];
  const lines = [head.filter((part) => part !== '').join('  ')];
  if (notes.length > 0) lines.push(`          ${notes.join('; ')}`);
  for (const problem of problems) lines.push(`        ! ${problem}`);
  if (outcome === 'broken') lines.push(`        ! logs: ${result.directory}`);
  return lines.join('\n');
}

/** The table at the end, as Markdown: fault × queue, how many rounds held, and how long it took them at most. */
export function describeResults(results: readonly RoundResult[], faults: readonly Fault[]): string {
  const cell = (fault: string, queue: string): string => {
    const rounds = results.filter((result) => result.fault === fault && result.queue === queue);
    if (rounds.length === 0) return '–';
    if (rounds.every((one) => one.outcome === 'skipped')) return 'skipped';
    const played = rounds.filter((one) => one.outcome !== 'skipped');
    const held = played.filter((one) => one.outcome === 'held');
    const slowest = Math.max(...held.map((one) => one.settledSecs ?? 0));
    return `${held.length} of ${played.length}${held.length > 0 ? `, ${slowest.toFixed(0)} s` : ''}`;
  };
  const played = faults.filter(({ name }) => results.some((result) => result.fault === name));
  return [
    '| fault | what happens | queue on Redis | queue in Postgres |',
    '|---|---|---|---|',
    ...played.map(({ name, what }) => `| \`${name}\` | ${what} | ${cell(name, 'redis')} | ${cell(name, 'postgres')} |`),
  ].join('\n');
}
