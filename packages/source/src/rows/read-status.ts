import { textOf } from './values.ts';

/**
 * Whether a status word is one of those that mean "not over yet"; `In_Progress` is `in-progress`.
 * Every other word counts as over, also one that is new: vocabularies grow, and a conversation that is taken for
 * running would be asked for again and again, while one taken for over is looked at later by its fingerprint.
 */
export function isRunning(status: unknown, runningWords: ReadonlySet<string>): boolean {
  const word = textOf(status)
    ?.trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, '-');
  return word !== undefined && runningWords.has(word);
}
