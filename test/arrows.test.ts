import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseModule } from './arrows/parse-module.ts';
import { breaches } from './arrows/rules.ts';
import { readWorkspace, type Workspace, type WorkspacePackage } from './arrows/workspace.ts';
import { checkCommitted } from './migrations/check-committed.ts';

test('every module keeps to the arrows that its package.json draws, and to the house rules', () => {
  const workspace = readWorkspace();
  expect(workspace.packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['voxport', '@voxport/domain', '@voxport/jobs', '@voxport/warehouse', '@voxport/cli']),
  );
  expect(workspace.modules.length).toBeGreaterThan(100);
  expect(breaches(workspace)).toEqual([]);
});

const migrations = join(import.meta.dirname, '../packages/warehouse/src/migrations');
const committedMigrations = readFileSync(join(import.meta.dirname, 'migrations/committed.sha256'), 'utf8');

test('migrations are only appended: none that has been committed changes or goes', () => {
  expect(checkCommitted(migrations, committedMigrations)).toEqual([]);
});

test('a migration that was changed, removed or not listed is found', () => {
  const copy = mkdtempSync(join(tmpdir(), 'voxport-migrations-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  cpSync(migrations, copy, { recursive: true });
  writeFileSync(join(copy, '0001_raw_and_ops.sql'), 'select 1;');
  rmSync(join(copy, '0002_tables.sql'));
  writeFileSync(join(copy, '9999_new.sql'), 'select 2;');
  const listed = checkCommitted(copy, committedMigrations);
  expect(listed).toEqual([
    expect.stringMatching(/^0002_tables\.sql .*not there any more/u),
    expect.stringMatching(/^0001_raw_and_ops\.sql .*differs/u),
    expect.stringMatching(/^9999_new\.sql is new: add the line "[0-9a-f]{64}  9999_new\.sql"/u),
  ]);
});

/** A small house in order, with one module more or one package otherwise. */
function house(module: { path: string; text: string }, ...packages: Partial<WorkspacePackage>[]): Workspace {
  const inOrder: WorkspacePackage[] = [
    { folder: '', name: 'voxport', dependencies: [], devDependencies: ['vitest'] },
    { folder: 'packages/domain', name: '@voxport/domain', dependencies: [], devDependencies: [] },
    {
      folder: 'packages/jobs',
      name: '@voxport/jobs',
      dependencies: ['@voxport/domain', 'bullmq'],
      devDependencies: ['@voxport/testkit'],
    },
    {
      folder: 'packages/source',
      name: '@voxport/source',
      dependencies: ['@voxport/domain'],
      devDependencies: ['fastify'],
    },
    { folder: 'packages/testkit', name: '@voxport/testkit', dependencies: ['pg'], devDependencies: [] },
    {
      folder: 'services/worker',
      name: '@voxport/worker',
      dependencies: ['@voxport/jobs', 'bullmq', 'pg'],
      devDependencies: ['pg'],
    },
    { folder: 'services/cli', name: '@voxport/cli', dependencies: ['@voxport/worker'], devDependencies: [] },
  ];
  const changed = inOrder.map((one) => ({ ...one, ...packages.find(({ name }) => name === one.name) }));
  return { packages: changed, modules: [{ path: module.path, ...parseModule(module.path, module.text) }] };
}

const nothing = { path: 'packages/domain/src/nothing.ts', text: '' };
const inDomain = (text: string) => house({ path: 'packages/domain/src/x.ts', text });
const inSource = (text: string, name = 'x.ts') => house({ path: `packages/source/src/${name}`, text });
const inWorker = (text: string, name = 'x.ts') => house({ path: `services/worker/src/${name}`, text });

describe('finds nothing wrong with', () => {
  test.each([
    ['a house in order', house(nothing)],
    ['a declared import', inWorker("import { openQueue } from '@voxport/jobs';")],
    ['a subpath of a declared package', inWorker("import { x } from '@voxport/jobs/sub';")],
    ['a builtin module', inDomain("import { join } from 'node:path';")],
    [
      'an import that stands in a comment or a string',
      inDomain("// import 'pg'\nexport const text = \"import 'pg'\";"),
    ],
    ['a development dependency in a test', inSource("import fastify from 'fastify';", 'x.test.ts')],
    ["the root's test tools in a test", inSource("import { test } from 'vitest';", 'x.live.test.ts')],
    ['pg in a test, to look at the rows', inWorker("import pg from 'pg';", 'x.live.test.ts')],
    ['the environment read by the test tools', house({ path: 'packages/testkit/src/x.ts', text: 'process.env.CI' })],
    ['a default export that a tool asks for', house({ path: 'vitest.config.ts', text: 'export default {}' })],
  ])('%s', (_, workspace) => {
    expect(breaches(workspace)).toEqual([]);
  });
});

describe('finds', () => {
  test.each([
    [
      'the domain depending on another package',
      house(nothing, { name: '@voxport/domain', dependencies: ['@voxport/source'] }),
      'packages/domain/package.json must not depend on @voxport/source',
    ],
    [
      'two middle packages depending on each other',
      house(nothing, { name: '@voxport/source', dependencies: ['@voxport/jobs'] }),
      'packages/source/package.json must not depend on @voxport/jobs',
    ],
    [
      'the same for tests only',
      house(nothing, { name: '@voxport/source', devDependencies: ['@voxport/jobs'] }),
      'packages/source/package.json must not depend on @voxport/jobs',
    ],
    [
      'a service depending on a service',
      house(nothing, { name: '@voxport/worker', dependencies: ['@voxport/cli'] }),
      'services/worker/package.json must not depend on @voxport/cli',
    ],
    [
      'a package depending on a service',
      house(nothing, { name: '@voxport/testkit', dependencies: ['@voxport/cli'] }),
      'packages/testkit/package.json must not depend on @voxport/cli',
    ],
    [
      'test tools in the product',
      house(nothing, { name: '@voxport/worker', dependencies: ['@voxport/testkit'] }),
      'services/worker/package.json must not depend on @voxport/testkit',
    ],
    [
      'an undeclared import',
      inDomain("import { z } from 'zod';"),
      'x.ts imports zod, which packages/domain/package.json does not declare',
    ],
    ['an undeclared import of types', inDomain("import type { z } from '@scope/zod/mini';"), 'imports @scope/zod,'],
    ['an undeclared re-export', inDomain("export { z } from 'zod';"), 'imports zod,'],
    ['an undeclared dynamic import', inDomain("export const f = () => import('zod');"), 'imports zod,'],
    ['an undeclared import inside a type', inDomain("export type Z = import('zod').Z;"), 'imports zod,'],
    ['a computed import', inDomain('export const f = (name: string) => import(name);'), 'imports something computed'],
    ["the root's test tools outside tests", inDomain("import { test } from 'vitest';"), 'imports vitest,'],
    [
      'a development dependency outside tests',
      inSource("import fastify from 'fastify';"),
      'imports fastify, a development dependency, outside tests',
    ],
    [
      'bullmq outside jobs, though declared',
      inWorker("import { Queue } from 'bullmq';"),
      'imports bullmq, which only @voxport/jobs may',
    ],
    [
      'bullmq outside jobs in a test',
      inWorker("import { Queue } from 'bullmq';", 'x.test.ts'),
      'imports bullmq, which only',
    ],
    ['pg where it has no home', inWorker("import pg from 'pg';"), 'imports pg, which only'],
    [
      'kysely outside the warehouse',
      inDomain("import { sql } from 'kysely';"),
      'imports kysely, which only @voxport/warehouse may',
    ],
    [
      'a relative import out of the package',
      inSource("import { x } from '../../jobs/src/x.ts';"),
      'reaches out of its package',
    ],
    ['a builtin without node:', inDomain("import { join } from 'path';"), 'imports path without node:'],
    ['export *', inDomain("export * from './x.ts';"), 'has an export *'],
    ['export * as', inDomain("export * as all from './x.ts';"), 'has an export *'],
    ['a default export', inDomain('export default 1;'), 'has a default export'],
    ['a default export by another name', inDomain('const x = 1; export { x as default };'), 'has a default export'],
    ['the environment read inside', inWorker('export const x = process.env.X;'), 'reads process.env'],
    ['the environment read by another way', inWorker("export const x = process['env'];"), 'reads process.env'],
    ['the environment taken apart', inWorker('const { env } = process; export { env };'), 'reads process.env'],
    ['the environment imported', inWorker("import { env } from 'node:process'; export { env };"), 'reads process.env'],
  ])('%s', (_, workspace, breach) => {
    const found = breaches(workspace);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(breach);
  });
});
