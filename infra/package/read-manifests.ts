import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The part of a package.json of the workspace that the published package is made from. */
export interface Manifest {
  readonly name: string;
  readonly description: string;
  /** Where the code is; in the root's only. */
  readonly repository?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The root's manifest and those of the command and of all packages of ours that it needs, by following its
 * dependencies.
 */
export async function readManifests(root: string): Promise<{ root: Manifest; bundled: readonly Manifest[] }> {
  const bundled = new Map<string, Manifest>();
  const open = ['@voxport/cli'];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (bundled.has(name)) continue;
    const manifest = await readOurs(root, name.slice('@voxport/'.length));
    bundled.set(name, manifest);
    open.push(...Object.keys(manifest.dependencies ?? {}).filter((other) => other.startsWith('@voxport/')));
  }
  return { root: await readManifest(join(root, 'package.json')), bundled: [...bundled.values()] };
}

async function readOurs(root: string, folder: string): Promise<Manifest> {
  for (const group of ['services', 'packages']) {
    const path = join(root, group, folder, 'package.json');
    const found = await readManifest(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found !== null) return found;
  }
  throw new Error(`No package @voxport/${folder} is in services or packages. Correct the dependency that names it.`);
}

async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(path, 'utf8')) as Manifest;
}
