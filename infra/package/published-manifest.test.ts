import { join } from 'node:path';
import { expect, test } from 'vitest';
import { version } from '../../packages/domain/src/version.ts';
import { publishedManifest } from './published-manifest.ts';
import { readManifests, type Manifest } from './read-manifests.ts';

const repository = join(import.meta.dirname, '../..');
const named = (name: string, more: Partial<Manifest> = {}): Manifest => ({ name, description: '', ...more });

test('the package has the one version, a program an entry, exact versions of libraries, and none of ours among them', async () => {
  const manifests = await readManifests(repository);
  expect(manifests.bundled.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['@voxport/cli', '@voxport/worker', '@voxport/simulator', '@voxport/domain']),
  );
  expect(manifests.bundled.map(({ name }) => name)).not.toContain('@voxport/testkit');
  const manifest = publishedManifest(manifests, ['voxport', 'worker']);
  expect(manifest).toMatchObject({
    name: 'voxport',
    version,
    license: 'Apache-2.0',
    bin: { voxport: 'bin/voxport.js', 'voxport-worker': 'bin/voxport-worker.js' },
  });
  const libraries = { ...manifest.dependencies, ...manifest.optionalDependencies };
  expect(Object.keys(libraries)).toEqual(expect.arrayContaining(['pg', 'bullmq', 'fastify', '@aws-sdk/client-s3']));
  for (const [name, wanted] of Object.entries(libraries)) {
    expect(name).not.toMatch(/^@voxport\//u);
    expect(wanted, name).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u);
  }
});

test('where the code is stands in the package as the root says it, and nowhere while nobody has said it', () => {
  const fields = (root: Manifest) => {
    const { repository: place, homepage, bugs } = publishedManifest({ root, bundled: [] }, []);
    return [place, homepage, bugs];
  };
  expect(fields(named('voxport', { repository: { type: 'git', url: 'git+https://example.com/a/b.git' } }))).toEqual([
    { type: 'git', url: 'git+https://example.com/a/b.git' },
    'https://example.com/a/b#readme',
    { url: 'https://example.com/a/b/issues' },
  ]);
  expect(fields(named('voxport'))).toEqual([undefined, undefined, undefined]);
});

test('two versions of one library are refused', () => {
  const bundled = [
    named('@voxport/one', { dependencies: { pg: '8.0.0' } }),
    named('@voxport/other', { dependencies: { pg: '9.0.0' } }),
  ];
  expect(() => publishedManifest({ root: named('voxport'), bundled }, [])).toThrowError(
    '@voxport/other wants pg 9.0.0, another package 8.0.0.',
  );
});
