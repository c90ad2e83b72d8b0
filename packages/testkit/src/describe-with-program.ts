import { describeIf } from './describe-with-redis.ts';
import { findProgram } from './find-program.ts';

/** A `describe` that runs where there is a program, and is skipped with the reason in its name where there is none. */
export function describeWithProgram(program: string, name: string, tests: (path: string) => void): void {
  const path = findProgram([program]);
  describeIf(path !== null, name, `no ${program} on the PATH`, () => tests(path ?? ''));
}
