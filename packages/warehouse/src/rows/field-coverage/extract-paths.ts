import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiPath } from './api-path.ts';
import { mintlifyPaths } from './mintlify-paths.ts';
import { openapiPaths, specificationsIn } from './openapi-paths.ts';

// Reads the saved reference pages and writes the fields of their responses to api-paths.json. Run it again when the pages change:
//   node packages/warehouse/src/rows/field-coverage/extract-paths.ts <folder of the pages>
// The pages stay outside of the repository: fields and types are facts, the prose around them is the vendors'.

const routes = [
  ['/v1/convai/conversations', 'elevenlabs list'],
  ['/v1/convai/conversations/{conversation_id}', 'elevenlabs get'],
] as const;

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder of the saved reference pages');
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

const found = new Map<string, ApiPath>();
for (const name of ['elevenlabs-conversations-reference.txt', 'elevenlabs-list-conversations-2026.txt']) {
  for (const specification of specificationsIn(await read(name))) {
    for (const [route, page] of routes) {
      for (const path of openapiPaths(specification, route, page) ?? []) {
        if (!found.has(`${page} ${path.path}`)) found.set(`${page} ${path.path}`, path);
      }
    }
  }
}
for (const path of mintlifyPaths(await read('voiceable-list-conversations.md'), 'voiceable list')) {
  found.set(`${path.page} ${path.path}`, path);
}
await writeFile(join(import.meta.dirname, 'api-paths.json'), `${JSON.stringify([...found.values()], null, 2)}\n`);
