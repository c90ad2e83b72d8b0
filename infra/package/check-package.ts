/**
 * `pnpm pack:check`: builds the published package, packs it, and uses it as a stranger does: installed from the tarball
 * in an empty directory by npm, pnpm and yarn (or those named, e.g. `pnpm pack:check npm`), each with the version, the
 * help, the demo, one export of a simulated account and the services until a signal. It needs the registry of this
 * machine's npm, as every install does.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from './build-package.ts';
import { isManagerName, managers, type ManagerName } from './managers.ts';
import { run } from './run.ts';
import { usePackage } from './use-package.ts';

const startedMs = performance.now();
const log = (line: string): void => {
  process.stdout.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
const root = join(import.meta.dirname, '../..');
const scratch = await mkdtemp(join(tmpdir(), 'voxport-pack-'));
try {
  const wanted = process.argv.slice(2).map((name): ManagerName => {
    if (isManagerName(name)) return name;
    throw new Error(
      `"${name}" is no package manager of this check. Name some of: ${Object.keys(managers).join(', ')}.`,
    );
  });
  const target = join(scratch, 'package');
  const manifest = await buildPackage({ root, target });
  const packed = await run(['npm', 'pack', '--json', '--pack-destination', scratch], { cwd: target });
  const tarball = join(scratch, `${manifest.name}-${manifest.version}.tgz`);
  log(`packed ${manifest.name} ${manifest.version}: ${((await readFile(tarball)).length / 1024).toFixed(0)} KB`);
  refuseStrangers(packed.stdout);
  for (const name of wanted.length === 0 ? (Object.keys(managers) as ManagerName[]) : wanted) {
    await usePackage({ manager: managers[name], name, tarball, version: manifest.version, scratch, log });
  }
} catch (error) {
  process.stderr.write(`\npack:check failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** Nothing is published that nobody needs: no test, no TypeScript, no file of this machine. */
function refuseStrangers(packJson: string): void {
  const answer = JSON.parse(packJson) as unknown;
  // An array, or since npm 12 an object by name.
  const [entry] = Object.values(answer as Record<string, { files: { path: string }[] }>);
  const strangers = (entry?.files ?? [])
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^(?:bin|dist)\/|^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json)$/u.test(path) || path.endsWith('.ts'),
    );
  if (entry === undefined || strangers.length > 0)
    throw new Error(`the tarball holds ${strangers.join(', ') || 'nothing'}`);
}
