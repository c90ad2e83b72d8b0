import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProcess } from '../src/start-process.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

test.each([
  { names: ['passing'], line: '1 passed, 0 failed, 2 skipped', code: 0 },
  { names: ['passing', 'failing'], line: '1 passed, 1 failed, 2 skipped', code: 1 },
  { names: ['passing', 'unloadable'], line: '1 passed, 1 failed, 2 skipped', code: 1 },
  { names: ['unhandled'], line: '1 passed, 1 failed, 0 skipped', code: 1 },
  { names: ['absent'], line: '0 passed, 1 failed, 0 skipped', code: 1 },
])('a run of $names ends with "$line"', async ({ names, line, code }) => {
  const files = names.map((name) => `${name}.fixture.ts`);
  const run = startProcess(process.execPath, [program, 'run', ...files], { cwd: fixtures });
  expect(await run.exited).toEqual({ code, signal: null });
  expect(run.stdout.findLast((text) => text !== '')).toBe(line);
});
