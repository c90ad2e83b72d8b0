import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { stringify } from 'yaml';
import type { Variables } from './interpolate.ts';

/** Rules about faults. Those about the order of keys are off: our order is the one that explains itself. */
const rules = {
  'no-duplicate-container-names': 2,
  'no-duplicate-exported-ports': 2,
  'no-unbound-port-interfaces': 2,
  'no-version-field': 2,
  'require-project-name-field': 2,
  'service-image-require-explicit-tag': 2,
  // Compose names what it builds by `image`.
  'no-build-and-image': 0,
  'no-quotes-in-volumes': 0,
  'require-quotes-in-ports': 0,
  'service-container-name-regex': 0,
  'service-dependencies-alphabetical-order': 0,
  'service-keys-order': 0,
  'service-ports-alphabetical-order': 0,
  'services-alphabetical-order': 0,
  'top-level-properties-order': 0,
} as const;

interface LintResult {
  readonly messages: readonly { readonly rule: string; readonly message: string }[];
}

/**
 * Checks a document against the JSON schema of the Compose specification (the one that the linter ships) and against
 * the rules above. Its variables must have been replaced: a schema can only judge what an engine would see.
 * @returns a sentence for each fault.
 */
export function lintCompose(document: unknown): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'voxport-compose-'));
  try {
    const path = join(directory, 'docker-compose.yml');
    // Without aliases: the schema is asked about values.
    writeFileSync(path, stringify(document, { aliasDuplicateObjects: false }));
    // The linter's own types do not resolve under Node's rules.
    const results = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles(
      [path],
      false,
    ) as LintResult[];
    if (results.length !== 1) throw new Error('the linter looked at no file');
    return results.flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The command words of a Compose of version 2 or newer on this machine; null if there is none. */
export function findDockerCompose(): readonly string[] | null {
  const candidates = [['docker', 'compose'], ['docker-compose']] as const;
  return (
    candidates.find(([program, ...rest]) => {
      const { status, stdout } = spawnSync(program, [...rest, 'version', '--short'], { encoding: 'utf8' });
      return status === 0 && !stdout.startsWith('1.');
    }) ?? null
  );
}

/** What Compose itself says of a file; null when it accepts it. It needs no engine for that. */
export function askDockerCompose(
  words: readonly string[],
  options: { path: string; overrides?: readonly string[]; variables: Variables; profiles: readonly string[] },
): string | null {
  const [program = '', ...rest] = words;
  const files = [options.path, ...(options.overrides ?? [])].flatMap((path) => ['--file', path]);
  const profiles = options.profiles.flatMap((profile) => ['--profile', profile]);
  // An empty --env-file: the .env of whoever runs the check is not part of it.
  const { status, stderr } = spawnSync(
    program,
    [...rest, '--env-file', '/dev/null', ...files, ...profiles, 'config', '--quiet'],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.variables },
    },
  );
  return status === 0 ? null : stderr.trim();
}
