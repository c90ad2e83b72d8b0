import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsdown';
import { entries } from './entries.ts';
import { launcherText } from './launcher-text.ts';
import { publishedManifest } from './published-manifest.ts';
import { readManifests } from './read-manifests.ts';
import { repositoryUrl, withAbsoluteLinks } from './repository.ts';

/** Files that are read beside the code, as `import.meta.dirname` finds them: every chunk lies in `dist` itself. */
const assets = [
  { from: 'packages/warehouse/src/migrations', to: 'migrations' },
  { from: 'services/gateway/src/page/assets', to: 'assets' },
] as const;

/** What a reader of the package finds beside the code. */
const papers = ['LICENSE', 'README.md', 'CHANGELOG.md'] as const;

/**
 * Builds the one package that is published, ready to be packed: our code bundled by tsdown, the libraries left as
 * dependencies with the exact versions of the workspace, SQL and page assets beside the code.
 * @param options.root the checkout.
 * @param options.target the folder of the built package; what is in it is removed first.
 * @param options.version another version than that of the code, for trying a release.
 * @returns the manifest that was written.
 */
export async function buildPackage(options: {
  root: string;
  target: string;
  version?: string;
}): Promise<ReturnType<typeof publishedManifest>> {
  const { root, target } = options;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const manifests = await readManifests(root);
  const manifest = publishedManifest(manifests, Object.keys(entries), options.version);
  const url = repositoryUrl(manifests.root.repository);
  await build({
    config: false,
    cwd: root,
    entry: entries,
    outDir: join(target, 'dist'),
    format: 'esm',
    platform: 'node',
    target: 'node24',
    fixedExtension: false,
    dts: false,
    sourcemap: true,
    clean: false,
    logLevel: 'warn',
    deps: {
      alwaysBundle: [/^@voxport\//u],
      neverBundle: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).map(
        (name) => new RegExp(`^${name}(?:/|$)`, 'u'),
      ),
      onlyBundle: [],
    },
    outputOptions: { chunkFileNames: '[name]-[hash].js' },
  });
  for (const { from, to } of assets) {
    // Tests lie beside what they test, SQL too.
    const filter = (path: string): boolean => !path.endsWith('.ts');
    await cp(join(root, from), join(target, 'dist', to), { recursive: true, filter });
  }
  await mkdir(join(target, 'bin'));
  for (const [program, path] of Object.entries(manifest.bin)) {
    await writeFile(join(target, path), launcherText(program));
    await chmod(join(target, path), 0o755);
  }
  for (const paper of papers) {
    const text = await readFile(join(root, paper), 'utf8');
    // The package has no docs of its own: while nobody has said where the code is (repository.ts), links lead nowhere.
    const isLinked = url !== null && paper.endsWith('.md');
    const tag = `v${manifest.version}`;
    await writeFile(join(target, paper), isLinked ? withAbsoluteLinks(text, { url, tag }) : text);
  }
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
