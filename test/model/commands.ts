import fc from 'fast-check';
import { listFaults, refusals, type ListFault, type Refusal } from './api.ts';

/** What happens to a process while it carries a command out: it dies at that step; null: it lives. */
type DieAt = number | null;

/**
 * One command of a history; a plain value, so that a history can be printed, kept and played again. `source` is 0 or 1;
 * the others are taken modulo what there is.
 */
export type Command =
  | {
      readonly do: 'appear';
      readonly source: number;
      readonly count: number;
      readonly lateSecs: number;
      readonly agent: 'a' | 'b';
      readonly isEnded: boolean;
      readonly gapSecs: number;
    }
  | { readonly do: 'end' | 'change' | 'vanish'; readonly source: number; readonly call: number }
  | {
      readonly do: 'refuse';
      readonly source: number;
      readonly call: number;
      readonly kind: Refusal;
      readonly times: number | null;
    }
  | { readonly do: 'fail lists'; readonly source: number; readonly kind: ListFault; readonly times: number }
  | { readonly do: 'refuse key' | 'go down' | 'recover'; readonly source: number }
  | { readonly do: 'pass'; readonly secs: number }
  | {
      readonly do: 'sync' | 'sweep' | 'load' | 'refill' | 'plan requested';
      readonly source: number;
      readonly dieAt: DieAt;
    }
  | { readonly do: 'command sync'; readonly source: number; readonly both: boolean; readonly dieAt: DieAt }
  | {
      readonly do: 'work';
      readonly source: number;
      readonly jobs: number;
      readonly pick: number;
      readonly dieAt: DieAt;
    }
  | { readonly do: 'cycle'; readonly source: number }
  | { readonly do: 'lose jobs'; readonly source: number; readonly pick: number }
  | { readonly do: 'lose queue' | 'double job'; readonly source: number }
  | { readonly do: 'pause' | 'resume' | 'cancel'; readonly source: number; readonly run: number; readonly dieAt: DieAt }
  | { readonly do: 'retry'; readonly source: number }
  | {
      readonly do: 'backfill';
      readonly source: number;
      readonly both: boolean;
      readonly fromAgoSecs: number;
      readonly toAgoSecs: number;
      readonly agent: 'a' | null;
    }
  | {
      readonly do: 'configure';
      readonly source: number;
      readonly agent: 'a' | null;
      readonly sinceAgoSecs: number | null;
    }
  | { readonly do: 'remove source' | 'add source'; readonly source: number };

export type CommandName = Command['do'];

const source = fc.integer({ min: 0, max: 1 });
const dieAt: fc.Arbitrary<DieAt> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 24 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
);
const agent = fc.constantFrom<'a' | 'b'>('a', 'b');
const onlyAgent = fc.constantFrom<'a' | null>(null, 'a');
const named = <Name extends CommandName>(...names: readonly Name[]) => fc.constantFrom(...names);
const index = fc.nat({ max: 7 });

/** The commands, by weight: what the fleet does itself comes most often. */
const weighted: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[] = [
  {
    weight: 8,
    arbitrary: fc.record({
      do: named('appear'),
      source,
      count: fc.integer({ min: 1, max: 8 }),
      lateSecs: fc.oneof(
        { weight: 3, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 25 }) },
      ),
      agent,
      isEnded: fc.boolean(),
      gapSecs: fc.integer({ min: 0, max: 20 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: named('end', 'change', 'vanish'), source, call: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: named('refuse'),
      source,
      call: index,
      kind: fc.constantFrom(...refusals),
      times: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(null)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: named('fail lists'),
      source,
      kind: fc.oneof(fc.constant<ListFault>('invalid'), fc.constantFrom(...listFaults)),
      times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: named('refuse key', 'go down', 'recover'), source }) },
  { weight: 5, arbitrary: fc.record({ do: named('pass'), secs: fc.constantFrom(1, 5, 20, 65, 130, 700) }) },
  { weight: 10, arbitrary: fc.record({ do: named('sync'), source, dieAt }) },
  { weight: 4, arbitrary: fc.record({ do: named('command sync'), source, both: fc.boolean(), dieAt }) },
  { weight: 6, arbitrary: fc.record({ do: named('sweep'), source, dieAt }) },
  { weight: 3, arbitrary: fc.record({ do: named('load'), source, dieAt }) },
  { weight: 1, arbitrary: fc.record({ do: named('refill', 'plan requested'), source, dieAt }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: named('work'),
      source,
      jobs: fc.integer({ min: 1, max: 9 }),
      pick: fc.oneof(fc.constant(0), index),
      dieAt,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: named('cycle'), source }) },
  { weight: 1, arbitrary: fc.record({ do: named('lose jobs'), source, pick: index }) },
  { weight: 1, arbitrary: fc.record({ do: named('lose queue', 'double job'), source }) },
  { weight: 4, arbitrary: fc.record({ do: named('pause', 'resume', 'cancel', 'cancel'), source, run: index, dieAt }) },
  { weight: 1, arbitrary: fc.record({ do: named('retry'), source }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: named('backfill'),
      source,
      both: fc.boolean(),
      fromAgoSecs: fc.constantFrom(90_000, 3600, 200, 60),
      toAgoSecs: fc.constantFrom(3600, 100, 20, 0),
      agent: onlyAgent,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: named('configure'),
      source,
      agent: onlyAgent,
      sinceAgoSecs: fc.constantFrom(null, null, 30, 300, 100_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: named('remove source', 'add source'), source }) },
];

/** Histories of some of the commands, or of all; without `die` no process dies in them. */
export function historyOf(options: {
  readonly commandsMax: number;
  readonly without?: readonly string[];
  readonly only?: readonly string[];
}): fc.Arbitrary<Command[]> {
  const without = new Set(options.without ?? []);
  const only = new Set(options.only ?? []);
  const isWanted = (one: Command): boolean =>
    !without.has(one.do) &&
    !(without.has('die') && 'dieAt' in one && one.dieAt !== null) &&
    (only.size === 0 || only.has(one.do));
  const command = fc.oneof(...weighted).filter(isWanted);
  return fc.array(command, { minLength: 1, maxLength: options.commandsMax, size: 'max' });
}
