import { noRunCounts, type RunCounts, type RunState } from '@voxport/warehouse';

/** Adds up objects of numbers, name by name. */
export function addNumbers<Counts extends { readonly [Name in keyof Counts]: number }>(
  start: Counts,
  others: readonly Counts[],
): Counts {
  const sum: Counts = { ...start };
  for (const other of others) for (const name in sum) Object.assign(sum, { [name]: sum[name] + other[name] });
  return sum;
}

/** What several runs did together. */
export function addCounts(counts: readonly RunCounts[]): RunCounts {
  return addNumbers(noRunCounts, counts);
}

/** The state that tells most of several runs: one that was cancelled, that has failures, or that has not ended. */
export function worstState(states: readonly RunState[]): RunState {
  const order: readonly RunState[] = ['cancelled', 'paused', 'running', 'finished_with_failures'];
  return order.find((state) => states.includes(state)) ?? 'finished';
}
