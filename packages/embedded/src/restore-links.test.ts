import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { restoreLinks } from './restore-links.ts';

async function makePackage(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'voxport-links-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'native/lib'), { recursive: true });
  await writeFile(join(root, 'native/lib/libpq.so.5.18'), 'the library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(root, 'native/pg-symlinks.json'), JSON.stringify(links));
  return root;
}

test('makes the links that an install script would have made, twice without harm', async () => {
  const root = await makePackage();
  await restoreLinks(root);
  await restoreLinks(root);
  expect(await readlink(join(root, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(await readFile(join(root, 'native/lib/libpq.so.5'), 'utf8')).toBe('the library');
});

test('a package without links is left as it is', async () => {
  const root = await makePackage();
  await rm(join(root, 'native/pg-symlinks.json'));
  await restoreLinks(root);
  await expect(readlink(join(root, 'native/lib/libpq.so.5'))).rejects.toThrowError(/ENOENT/u);
});

test('links that cannot be made are told, with what to do', async () => {
  const root = await makePackage();
  await rm(join(root, 'native/lib'), { recursive: true });
  await expect(restoreLinks(root)).rejects.toThrowError(/not fully installed[^]*DATABASE_URL/u);
});
