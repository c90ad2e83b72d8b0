import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testServers } from '../../packages/testkit/src/servers.ts';

/** Plays histories in a process of its own: they take over the clock. */
async function play(...options: readonly string[]): Promise<{ code: unknown; output: string }> {
  const { postgresUrl } = testServers();
  const main = join(import.meta.dirname, 'main.ts');
  const player = spawn(process.execPath, [main, '--postgres', postgresUrl, '--workers', '1', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(player.stdout), text(player.stderr), once(player, 'exit')]);
  return { code, output: `${stdout}${stderr}` };
}

test('fifty histories keep every invariant: `pnpm model` plays more of them', async () => {
  const { code, output } = await play('--histories', '50', '--seed', '1');
  expect(output).toContain('"histories":50');
  expect(output).toContain('"findings":0');
  expect(code).toBe(0);
});

test('a product that claims to have listed what it has not is found out', async () => {
  const { code, output } = await play('--histories', '1', '--seed', '1', '--falsify');
  expect(output).toContain('has never listed [the beginning, ');
  expect(code).toBe(1);
});
