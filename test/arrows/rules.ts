import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { Workspace, WorkspaceModule, WorkspacePackage } from './workspace.ts';

/**
 * Our packages that a package may depend on at all, in code and in tests; who is not named may have any package, but no
 * service.
 */
const mayDependOn: Readonly<Record<string, readonly string[]>> = {
  '@voxport/domain': [],
  '@voxport/postgres': ['@voxport/domain'],
  '@voxport/embedded': ['@voxport/postgres'],
  '@voxport/source': ['@voxport/domain'],
  '@voxport/recordings': ['@voxport/domain'],
  '@voxport/jobs': ['@voxport/domain', '@voxport/postgres'],
  '@voxport/mapping': ['@voxport/domain'],
  '@voxport/warehouse': ['@voxport/domain', '@voxport/mapping', '@voxport/postgres'],
};
/** For their tests these may have development packages too. */
const developmentPackages = ['@voxport/testkit', '@voxport/simulator'];
/** The one service that composes the others. */
const composer = '@voxport/cli';

/** Libraries with one home. Tests may import `pg`, to look at the rows. */
const homes: readonly { library: string; packages: readonly string[]; testsToo: boolean }[] = [
  { library: 'bullmq', packages: ['@voxport/jobs'], testsToo: false },
  { library: 'kysely', packages: ['@voxport/warehouse'], testsToo: false },
  {
    library: 'pg',
    packages: ['@voxport/postgres', '@voxport/warehouse', '@voxport/jobs', '@voxport/embedded', '@voxport/testkit'],
    testsToo: true,
  },
];

/** Where the environment is read: at the doors. */
const environmentReaders: readonly RegExp[] = [
  /^packages\/runtime\/src\/config\//u,
  // What every service's main calls, and hands its process to.
  /^packages\/runtime\/src\/run-service\.ts$/u,
  /^packages\/testkit\//u,
  /^packages\/simulator\/src\/main\.ts$/u,
  /^services\/cli\/src\/main\.ts$/u,
];

/** Every breach of the house rules, as sentences; empty when the house is in order. */
export function breaches(workspace: Workspace): string[] {
  const { packages, modules } = workspace;
  return [
    ...packages.flatMap((one) => breachesOfPackage(one, packages)),
    ...modules.flatMap((module) => {
      const owner = ownerOf(module, packages);
      return [...breachesOfImports(module, owner, packages), ...breachesOfStyle(module)].map(
        (breach) => `${module.path} ${breach}`,
      );
    }),
  ];
}

function breachesOfPackage(one: WorkspacePackage, packages: readonly WorkspacePackage[]): string[] {
  if (one.folder === '') return [];
  const services = packages.filter(({ folder }) => folder.startsWith('services/')).map(({ name }) => name);
  const ours = new Set(packages.map(({ name }) => name));
  const allowed = mayDependOn[one.name];
  const isProduct = /^(?:packages|services)\//u.test(one.folder);
  const mayHave = (name: string, inTests: boolean): boolean => {
    if (!ours.has(name)) return true;
    if (services.includes(name)) return one.name === composer;
    if (name === '@voxport/testkit' && isProduct && !inTests) return false;
    return allowed === undefined || allowed.includes(name) || (inTests && developmentPackages.includes(name));
  };
  return [
    ...one.dependencies.filter((name) => !mayHave(name, false)),
    ...one.devDependencies.filter((name) => !mayHave(name, true)),
  ].map((name) => `${one.folder}/package.json must not depend on ${name}`);
}

function breachesOfImports(
  module: WorkspaceModule,
  owner: WorkspacePackage,
  packages: readonly WorkspacePackage[],
): string[] {
  const isTest = isTestFile(module.path);
  const rootTools = isTest ? (packages.find(({ folder }) => folder === '')?.devDependencies ?? []) : [];
  // A test may use its package as others do, by its name.
  const forTests = isTest ? [...owner.devDependencies, ...rootTools, owner.name] : [];
  const declared = new Set([...owner.dependencies, ...forTests]);
  return module.imports.flatMap((specifier) => {
    if (specifier === null) return ['imports something computed, which no rule can follow'];
    if (specifier.startsWith('.')) return breachOfRelative(module, specifier, owner);
    if (specifier.startsWith('node:')) return [];
    if (builtinModules.includes(specifier)) return [`imports ${specifier} without node:`];
    const library = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const home = homes.find((one) => one.library === library);
    if (home && owner.folder !== '' && !home.packages.includes(owner.name) && !(home.testsToo && isTest)) {
      return [`imports ${library}, which only ${home.packages.join(', ')} may`];
    }
    if (declared.has(library)) return [];
    if (owner.devDependencies.includes(library)) return [`imports ${library}, a development dependency, outside tests`];
    return [`imports ${library}, which ${posix.join(owner.folder, 'package.json')} does not declare`];
  });
}

function breachOfRelative(module: WorkspaceModule, specifier: string, owner: WorkspacePackage): string[] {
  const target = posix.join(posix.dirname(module.path), specifier);
  // The root's own files configure tools that read the packages.
  // A package nested in another, with an install of its own, belongs to that one.
  const outermost = owner.folder.split('/').slice(0, 2).join('/');
  if (owner.folder === '' || target.startsWith(`${outermost}/`)) return [];
  return [`reaches out of its package: ${specifier}`];
}

function breachesOfStyle(module: WorkspaceModule): string[] {
  const found: string[] = [];
  if (module.hasExportAll) found.push('has an export *: name what it exports');
  if (module.hasDefaultExport && !module.path.endsWith('.config.ts')) found.push('has a default export: name it');
  const isOurs = /^(?:packages|services)\//u.test(module.path) && !isTestFile(module.path);
  if (module.readsEnvironment && isOurs && !environmentReaders.some((pattern) => pattern.test(module.path))) {
    found.push('reads process.env: pass it plain values');
  }
  return found;
}

function ownerOf(module: WorkspaceModule, packages: readonly WorkspacePackage[]): WorkspacePackage {
  const owner = packages
    .filter(({ folder }) => folder === '' || module.path.startsWith(`${folder}/`))
    .toSorted((left, right) => right.folder.length - left.folder.length)[0];
  if (!owner) throw new Error(`${module.path} belongs to no package.`);
  return owner;
}

function isTestFile(path: string): boolean {
  return (
    path.endsWith('.test.ts') ||
    /(?:^|\/)(?:test|bench|coverage)\//u.test(path) ||
    !/^(?:packages|services)\//u.test(path)
  );
}
