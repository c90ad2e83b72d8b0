import { readdir } from 'node:fs/promises';
import { TransientFailure } from '@voxport/domain';
import { openDirectoryStore } from '../src/directory-store.ts';

/**
 * Run on a disk of some hundred kilobytes, whose directory is the argument: stores a small recording, then one that
 * does not fit, and tells what came of it.
 */
const directory = process.argv[2] ?? '';
const store = openDirectoryStore({ directory });

async function put(conversationId: string, count: number): Promise<void> {
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(16 * 1024, 1);
  }
  await store.put(
    { sourceId: 'support', conversationId, contentType: 'audio/mpeg', body: body() },
    new AbortController().signal,
  );
}

await put('small', 1);
const failure = await put('large', 64).catch((error: unknown) => error);
if (!(failure instanceof TransientFailure)) throw failure;
const entries = await readdir(directory, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
process.stdout.write(JSON.stringify({ code: failure.code, message: failure.message, files }));
