import { apiFaults } from './api.ts';
import { clockFaults } from './clock.ts';
import { diskFaults } from './disk.ts';
import type { Fault } from './fault.ts';
import { namedStepFaults } from './named-steps.ts';
import { networkFaults } from './network.ts';
import { postgresFaults } from './postgres.ts';
import { processFaults } from './processes.ts';
import { redisFaults } from './redis.ts';

/** The table of faults. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...namedStepFaults,
  ...redisFaults,
  ...postgresFaults,
  ...diskFaults,
  ...apiFaults,
  ...networkFaults,
  ...clockFaults,
];

/** What `--short` plays: a fault of each kind, the kills in between a commit and its acknowledgement among them. */
export const shortFaults: readonly string[] = [
  'stop-all',
  'kill-worker',
  'step-loaded-not-acknowledged',
  'redis-restart-empty',
  'postgres-restart-immediate',
  'api-resets',
];

/**
 * The faults that some names mean, each by its whole name or by its beginning.
 * @throws Error that names what means none.
 */
export function findFaults(names: readonly string[]): readonly Fault[] {
  const found = names.map((name) => {
    const exact = faults.filter((fault) => fault.name === name);
    const meant = exact.length > 0 ? exact : faults.filter((fault) => fault.name.startsWith(name));
    if (meant.length === 0) throw new Error(`There is no fault "${name}". --list names them all.`);
    return meant;
  });
  return [...new Set(found.flat())];
}
