import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compares a directory of migrations with the list of those that have been committed (the lines of `sha256sum`).
 * Databases have run them: a file that changes or goes leaves those other tables than new ones.
 * @returns a sentence for each file that differs, with what to do.
 */
export function checkCommitted(directory: string, list: string): string[] {
  const committed = new Map(
    list
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const files = readdirSync(directory).filter((name) => name.endsWith('.sql'));
  const problems = [...committed.keys()]
    .filter((name) => !files.includes(name))
    .map((name) => `${name} has been committed and is not there any more: databases have run it. Restore it.`);
  for (const name of files.toSorted()) {
    const digest = createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
    const known = committed.get(name);
    if (known === undefined)
      problems.push(`${name} is new: add the line "${digest}  ${name}" to test/migrations/committed.sha256.`);
    else if (known !== digest)
      problems.push(
        `${name} has been committed and differs: databases have run it as it was. Append another migration.`,
      );
  }
  return problems;
}
