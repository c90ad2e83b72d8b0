/**
 * What became of an attempt. `held`: refused, or without effect. `broken`: it got through. `open`: the system allows it
 * whatever Voxport does, as the documents say. `not tried`: this run had not what it takes.
 */
export type Outcome = 'held' | 'broken' | 'open' | 'not tried';

/** One attempt and what became of it. */
export interface Attempt {
  /** Whose boundary it is. */
  readonly area: 'gateway' | 'login' | 'page' | 'database' | 'command' | 'source' | 'settings';
  readonly what: string;
  readonly outcome: Outcome;
  /** A status, the code with which Postgres refused, or why it was not tried. */
  readonly answer: string;
}

const marks: Readonly<Record<Outcome, string>> = {
  held: 'held     ',
  broken: 'BROKEN   ',
  open: 'open     ',
  'not tried': 'not tried',
};

/** A report: one line per attempt by area, and a sum. */
export function attackReport(attempts: readonly Attempt[]): string {
  const lines = attempts.map(
    ({ area, what, outcome, answer }) => `${marks[outcome]} ${area}: ${what.replaceAll(/\s+/gu, ' ')} (${answer})`,
  );
  const count = (outcome: Outcome): number => attempts.filter((one) => one.outcome === outcome).length;
  const sum = `${attempts.length} attempts: ${count('held')} held, ${count('broken')} broken, ${count('open')} open, ${count('not tried')} not tried`;
  return [...lines, '', sum].join('\n');
}
