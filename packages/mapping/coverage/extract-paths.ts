import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documentedRoutes } from './documented-paths.ts';
import { mintlifyPaths } from './mintlify-paths.ts';
import { skeletonOf, specificationsIn } from './openapi-paths.ts';

// Reads the saved reference pages: the structure of their OpenAPI documents goes to openapi.json, the fields of the
// proxy's page to voiceable-paths.json. Run it again when the pages change:
//   pnpm docs:coverage:extract <folder of the pages>
// The pages stay outside of the repository: names and types are facts, the prose around them is the vendors'.

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder of the saved reference pages');
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
const write = (name: string, value: unknown): Promise<void> =>
  writeFile(join(import.meta.dirname, name), `${JSON.stringify(value, null, 1)}\n`);

const pages = ['elevenlabs-conversations-reference.txt', 'elevenlabs-list-conversations-2026.txt'];
const specifications = (await Promise.all(pages.map(read))).flatMap(specificationsIn);
const routes = documentedRoutes.map(([route]) => route);
const skeletons = specifications.map((specification) => skeletonOf(specification, routes));
await write(
  'openapi.json',
  skeletons.filter(({ paths }) => Object.keys(paths).length > 0),
);
await write('voiceable-paths.json', mintlifyPaths(await read('voiceable-list-conversations.md'), 'voiceable list'));
