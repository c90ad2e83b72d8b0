/**
 * `pnpm sbom:check`: writes the bill of materials (CycloneDX, by pnpm itself) of what is shipped to `sbom.cdx.json`,
 * and checks the licences of it and of what development uses against the list.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licenceProblems, type Component } from './licence-problems.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function writeBill(out: string, ...options: readonly string[]): readonly Component[] {
  const args = [
    '-y',
    'pnpm@12',
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'application',
    '--out',
    out,
    ...options,
  ];
  execFileSync('npx', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  return (JSON.parse(readFileSync(out, 'utf8')) as { components: readonly Component[] }).components;
}

const folder = mkdtempSync(join(tmpdir(), 'voxport-sbom-'));
try {
  const shipped = writeBill(join(root, 'sbom.cdx.json'), '--prod', '--filter-prod', '@voxport/cli...');
  const all = writeBill(join(folder, 'all.json'));
  const problems = [...licenceProblems(shipped, true), ...licenceProblems(all, false)];
  process.stdout.write(`${shipped.length} parts are shipped (sbom.cdx.json), ${all.length} are used in all.\n`);
  for (const problem of new Set(problems)) process.stderr.write(`${problem}\n`);
  if (problems.length > 0 || shipped.length < 50) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
