/**
 * `pnpm release:check 0.2.0`: everything that a release does, but for what cannot be taken back. It holds that the
 * version is a newer one and that CHANGELOG.md says what changed, builds the package as that version, has npm publish
 * it without doing so, and says what is left to be done by hand. It fails as long as nobody has said where the code is.
 * `pnpm pack:check` tries the package with every package manager.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '../../packages/domain/src/version.ts';
import { buildPackage } from './build-package.ts';
import { readManifests } from './read-manifests.ts';
import { releaseProblems } from './release-problems.ts';
import { repositoryProblem } from './repository.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '../..');
const wanted = process.argv[2] ?? '';
const problems = releaseProblems({
  current: version,
  wanted,
  changelog: await readFile(join(root, 'CHANGELOG.md'), 'utf8'),
});
const target = await mkdtemp(join(tmpdir(), 'voxport-release-'));
try {
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await buildPackage({ root, target, version: wanted });
  // Provenance is made by the CI that publishes; here there is none.
  const { stderr } = await run(['npm', 'publish', '--dry-run', '--provenance=false', '--tag', 'latest'], {
    cwd: target,
  });
  process.stdout.write(`${stderr.trim()}\n`);
  // Last: everything else can be tried without it.
  const unknown = repositoryProblem((await readManifests(root)).root.repository);
  if (unknown !== null) throw new Error(unknown);
  process.stdout.write(`
Nothing was published. The release itself:
  1. version in packages/domain/src/version.ts: ${wanted}
  2. CHANGELOG.md: "## Unreleased" becomes "## ${wanted}"
  3. commit, tag v${wanted}, push both; the workflow "Release" publishes the tag
`);
} catch (error) {
  process.stderr.write(`release:check failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(target, { recursive: true, force: true });
}
