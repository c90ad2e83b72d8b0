import { parseArgs } from 'node:util';

export type QueueStore = 'redis' | 'postgres';

/** What the command line asks for. */
export interface ChaosOptions {
  readonly seed: string;
  readonly rounds: number;
  /** Names of the faults to play; null for all. */
  readonly faults: readonly string[] | null;
  readonly queues: readonly QueueStore[];
  readonly conversations: number;
  /** Rounds that are played at the same time. */
  readonly slots: number;
  readonly short: boolean;
  readonly list: boolean;
  readonly keep: boolean;
  readonly jsonFile: string | null;
  readonly help: boolean;
}

export const helpText = `Usage: pnpm chaos [options]

Plays faults against a real fleet (1 scheduler, 2 workers, 2 loaders, a Postgres, a Redis, a simulated API) and checks that everything
settles by itself: the tables equal what the API served, nothing is pending, nothing is left in the queue, the run has finished.

  --list               the faults, one a line
  --faults a,b         these only, by name or by the beginning of a name
  --queue <store>      redis, postgres or both                  (both)
  --rounds <n>         rounds of each fault on each queue       (1)
  --seed <word>        plays the same rounds again              (drawn, and printed)
  --conversations <n>  conversations that the API has           (400)
  --slots <n>          rounds at the same time                  (1)
  --short              a few faults on both queues, 200 conversations, 3 slots: for CI
  --keep               keeps logs and databases of every round, not only of those that failed
  --json <file>        writes the results there too
`;

/** Reads the arguments. Throws an Error with a sentence for the user when one is wrong. */
export function readOptions(args: readonly string[], drawSeed: () => string): ChaosOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: text,
      rounds: text,
      faults: text,
      queue: text,
      conversations: text,
      slots: text,
      json: text,
      short: flag,
      list: flag,
      keep: flag,
      help: flag,
    },
  });
  const short = values.short ?? false;
  return {
    seed: values.seed ?? drawSeed(),
    rounds: count('rounds', values.rounds ?? '1'),
    faults: values.faults?.split(',').filter((name) => name !== '') ?? null,
    queues: queues(values.queue ?? 'both'),
    conversations: count('conversations', values.conversations ?? (short ? '200' : '400')),
    slots: count('slots', values.slots ?? (short ? '3' : '1')),
    short,
    list: values.list ?? false,
    keep: values.keep ?? false,
    jsonFile: values.json ?? null,
    help: values.help ?? false,
  };
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/u.test(text)) throw new Error(`--${name} needs a positive integer, not "${text}".`);
  return Number(text);
}

function queues(text: string): readonly QueueStore[] {
  if (text === 'both') return ['redis', 'postgres'];
  if (text === 'redis' || text === 'postgres') return [text];
  throw new Error(`--queue needs redis, postgres or both, not "${text}".`);
}
