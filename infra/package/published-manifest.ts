import { version as ownVersion } from '../../packages/domain/src/version.ts';
import { nodeVersionMin, programOf } from './launcher-text.ts';
import type { Manifest } from './read-manifests.ts';
import { repositoryUrl } from './repository.ts';

/** The package.json of the built package. */
export interface PublishedManifest {
  readonly name: 'voxport';
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * The manifest of the published package: the name and description of the workspace, the libraries of everything that is
 * bundled, and a program for each entry.
 * @throws Error when two packages of ours want different versions of a library: one install can hold only one.
 */
export function publishedManifest(
  { root, bundled }: { root: Manifest; bundled: readonly Manifest[] },
  entries: readonly string[],
  version: string = ownVersion,
): PublishedManifest {
  const dependencies = librariesOf(bundled, 'dependencies');
  const optionalDependencies = librariesOf(bundled, 'optionalDependencies');
  const url = repositoryUrl(root.repository);
  return {
    name: 'voxport',
    version,
    description: root.description,
    keywords: ['elevenlabs', 'voice', 'conversations', 'export', 'postgres', 'etl', 'bullmq'],
    license: 'Apache-2.0',
    ...(url === null
      ? {}
      : {
          repository: { type: 'git', url: `git+${url}.git` },
          homepage: `${url}#readme`,
          bugs: { url: `${url}/issues` },
        }),
    type: 'module',
    engines: { node: `>=${nodeVersionMin}` },
    bin: Object.fromEntries(entries.map((entry) => [programOf(entry), `bin/${programOf(entry)}.js`])),
    // Nothing is imported from this package: it is a program. The one name is for the program itself (see
    // start-simulator-process.ts).
    exports: { './package.json': './package.json' },
    imports: { '#simulator': './dist/simulator.js' },
    files: ['bin', 'dist', 'CHANGELOG.md'],
    publishConfig: { access: 'public', provenance: true },
    dependencies,
    optionalDependencies,
  };
}

function librariesOf(
  bundled: readonly Manifest[],
  kind: 'dependencies' | 'optionalDependencies',
): Readonly<Record<string, string>> {
  const libraries: Record<string, string> = {};
  for (const { name, [kind]: wanted = {} } of bundled) {
    for (const [library, wantedVersion] of Object.entries(wanted)) {
      if (library.startsWith('@voxport/')) continue;
      const known = (libraries[library] ??= wantedVersion);
      if (known === wantedVersion) continue;
      throw new Error(`${name} wants ${library} ${wantedVersion}, another package ${known}. Give both one version.`);
    }
  }
  return Object.fromEntries(Object.entries(libraries).toSorted(([left], [right]) => left.localeCompare(right, 'en')));
}
