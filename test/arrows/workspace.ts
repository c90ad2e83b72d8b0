import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseModule, type ParsedModule } from './parse-module.ts';

/** A package of the workspace as its own package.json has it. */
export interface WorkspacePackage {
  /** E.g. `packages/jobs`; empty for the root. */
  readonly folder: string;
  /** E.g. `@voxport/jobs`. */
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export interface WorkspaceModule extends ParsedModule {
  /** From the root, with `/`. */
  readonly path: string;
}

export interface Workspace {
  readonly packages: readonly WorkspacePackage[];
  readonly modules: readonly WorkspaceModule[];
}

const slashes = (path: string): string => path.replaceAll('\\', '/');

const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|\.voxport|\.git)(?:\/|$)/u.test(slashes(path));

/** Reads every package and every TypeScript file of the work tree, committed or not. */
export function readWorkspace(): Workspace {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const find = (pattern: string): string[] =>
    globSync(pattern, { cwd: root, exclude })
      .map(slashes)
      .filter((path) => !exclude(path));
  return {
    packages: find('**/package.json').map((path) => readPackage(root, path)),
    modules: find('**/*.{ts,mts,cts}').map((path) => ({
      path,
      ...parseModule(path, readFileSync(join(root, path), 'utf8')),
    })),
  };
}

function readPackage(root: string, path: string): WorkspacePackage {
  const content = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const folder = dirname(path);
  return {
    folder: folder === '.' ? '' : folder,
    name: content.name,
    dependencies: Object.keys({ ...content.dependencies, ...content.optionalDependencies }),
    devDependencies: Object.keys(content.devDependencies ?? {}),
  };
}
