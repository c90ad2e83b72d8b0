import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { temporaryDirectory, warehouseUrl, type Environment } from './voxport.ts';

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const noteImports = fileURLToPath(new URL('note-imports.ts', import.meta.url));

/** Runs a command to its end; resolves with the URL of each file that it imported. */
async function importsOf(args: readonly string[], env: Environment = {}): Promise<string[]> {
  const command = startProcess(process.execPath, ['--import', noteImports, entry, ...args], { env });
  const { code } = await command.exited;
  expect(code, command.stderr.filter((line) => !line.startsWith('imported ')).join('\n')).toBe(0);
  return command.stderr.flatMap((line) => (line.startsWith('imported ') ? [line.slice('imported '.length)] : []));
}

/** The libraries among imported files, each once. */
const librariesOf = (urls: readonly string[]): string[] =>
  [...new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/u.exec(url)?.[1] ?? []))].toSorted();

// What starting takes is the files that are imported: half a millisecond each. So a command imports what it uses.
test('voxport --version imports the reading of arguments, and no other library', async () => {
  const imported = await importsOf(['--version']);
  expect(librariesOf(imported)).toEqual(['commander']);
  expect(imported.length).toBeLessThan(150);
});

test('voxport status imports no client of an API, no server, no metrics, no traces and no logger', async () => {
  const libraries = librariesOf(await importsOf(['status'], { DATABASE_URL: await warehouseUrl() }));
  // They would be here if this looked in the wrong place.
  expect(libraries).toEqual(expect.arrayContaining(['kysely', 'pg', 'zod']));
  const others = ['undici', 'fastify', 'prom-client', 'pino', 'pino-pretty', '@opentelemetry/api', '@bull-board/api'];
  expect(others.filter((name) => libraries.includes(name))).toEqual([]);
});

test('what was compiled is kept for the next command, in the cache of the user', async () => {
  const cache = await temporaryDirectory();
  const command = startProcess(process.execPath, [entry, '--version'], { env: { XDG_CACHE_HOME: cache } });
  expect((await command.exited).code).toBe(0);
  expect(await readdir(join(cache, 'voxport', 'compiled'))).toHaveLength(1);
});

test('a command runs where nothing can be kept', async () => {
  const file = join(await temporaryDirectory(), 'no-directory');
  const command = startProcess(process.execPath, [entry, '--version'], {
    env: { XDG_CACHE_HOME: '/dev/null', HOME: file },
  });
  expect((await command.exited).code).toBe(0);
  expect(command.stderr).toEqual([]);
});
