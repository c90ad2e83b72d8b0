/** `pnpm pack:build FOLDER`: builds the published package into a folder, whose content is replaced. */
import { join, resolve } from 'node:path';
import { buildPackage } from './build-package.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('pack:build needs a folder to build into: pnpm pack:build package\n');
  process.exitCode = 2;
} else {
  const { name, version } = await buildPackage({ root: join(import.meta.dirname, '../..'), target: resolve(folder) });
  process.stdout.write(`${name} ${version} is built in ${resolve(folder)}\n`);
}
