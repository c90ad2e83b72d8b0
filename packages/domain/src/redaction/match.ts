import type { FieldPattern } from './field-groups.ts';
import { normalKey } from './normal-key.ts';
import type { Step } from './path.ts';

/** Where a walk through JSON stands with respect to all patterns at once. */
export interface MatchState {
  /** First rule that fits this place or one above it; -1 for none. */
  readonly rule: number;
  /** The same for a single value here: rules of scalars count too. */
  readonly scalarRule: number;
  /** Whether an earlier rule than `rule` may fit something below. */
  readonly mayImprove: boolean;
  /** Whether any rule may fit something below. */
  readonly isOpen: boolean;
  /** The state of the value of a key; of an item for null. */
  readonly step: (key: string | null) => MatchState;
  /** The same place, known by a label that only patterns use. */
  readonly label: (label: string) => MatchState;
}

/** A pattern and the rule that it belongs to. */
export interface RulePattern extends FieldPattern {
  readonly rule: number;
}

/** A place inside a pattern: the step that is to fit next. */
interface Position {
  readonly pattern: number;
  readonly index: number;
}

/** Keys remembered a state at most: maps of a payload have keys without end. */
const rememberedMax = 500;

/**
 * Makes the start state of a walk. States are made once and remembered, so that a walk costs one look-up a key, however
 * many patterns there are.
 */
export function makeMatcher(patterns: readonly RulePattern[]): MatchState {
  const known = new Map<string, MatchState>();

  function advance(from: readonly Position[], key: string | null): Position[] {
    return from.flatMap(({ pattern, index }) => {
      const step = patterns[pattern]!.steps[index];
      if (step === undefined) return [];
      if (step.kind === 'deep') return [{ pattern, index }];
      return fits(step, key) ? [{ pattern, index: index + 1 }] : [];
    });
  }

  function stateOf(given: readonly Position[], above: number): MatchState {
    const positions: Position[] = [];
    const seen = new Set<number>();
    const add = ({ pattern, index }: Position): void => {
      const id = pattern * 100 + index;
      if (seen.has(id)) return;
      seen.add(id);
      positions.push({ pattern, index });
      if (patterns[pattern]!.steps[index]?.kind === 'deep') add({ pattern, index: index + 1 });
    };
    for (const position of given) add(position);
    const name = `${above}:${[...seen].toSorted((a, b) => a - b).join(',')}`;
    const existing = known.get(name);
    if (existing !== undefined) return existing;
    const state = makeState(positions, above);
    known.set(name, state);
    return state;
  }

  function makeState(positions: readonly Position[], above: number): MatchState {
    let rule = above;
    let scalarRule = above;
    for (const { pattern, index } of positions) {
      const { steps, isScalar, rule: own } = patterns[pattern]!;
      if (index < steps.length) continue;
      scalarRule = earlier(scalarRule, own);
      if (!isScalar) rule = earlier(rule, own);
    }
    const below = positions.filter(({ pattern, index }) => index < patterns[pattern]!.steps.length);
    const remembered = new Map<string | null, MatchState>();
    return {
      rule,
      scalarRule,
      mayImprove: below.some(({ pattern }) => patterns[pattern]!.rule < rule),
      isOpen: below.length > 0,
      step(key) {
        const next = remembered.get(key) ?? stateOf(advance(below, key), rule);
        if (remembered.size < rememberedMax) remembered.set(key, next);
        return next;
      },
      label: (label) =>
        stateOf(
          [
            ...below,
            ...advance(below, `=${label}`).filter(
              ({ pattern, index }) => patterns[pattern]!.steps[index - 1]?.kind === 'key',
            ),
          ],
          rule,
        ),
    };
  }

  return stateOf(
    patterns.map((_, pattern) => ({ pattern, index: 0 })),
    -1,
  );
}

function fits(step: Step, key: string | null): boolean {
  switch (step.kind) {
    case 'key':
      return key !== null && (step.key === key || normalKey(step.key) === normalKey(key));
    case 'keys':
      return key !== null && step.fits(key);
    case 'item':
      return key === null;
    case 'one':
    case 'deep':
      return true;
  }
}

function earlier(one: number, other: number): number {
  return one === -1 ? other : Math.min(one, other);
}
