import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ask, page } from './client.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function start(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, lines: createInterface({ input: child.stdout }), ended: once(child, 'exit') };
}

test('the process says where it is, serves by its arguments, and SIGTERM ends it with 0', async () => {
  const faults = JSON.stringify([{ match: { endpoint: 'detail' }, action: { do: 'html', status: 503 } }]);
  const { child, lines, ended } = start(
    '--count',
    '7',
    '--seed',
    'demo',
    '--key',
    'k1',
    '--start',
    '1700000000',
    '--end',
    '1700000100',
    '--faults',
    faults,
  );
  const [line] = (await once(lines, 'line')) as [string];
  const ready = JSON.parse(line) as { url: string; apiKey: string; conversations: number };
  expect(ready).toMatchObject({ apiKey: 'k1', conversations: 7, voiceableUrl: `${ready.url}/voiceable-api` });
  const { conversations } = await page(ready);
  expect(conversations).toHaveLength(7);
  expect((await ask(ready, `/v1/convai/conversations/${conversations[0]?.conversation_id}`)).status).toBe(503);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('help is printed, and a wrong argument is named', async () => {
  const help = start('--help');
  const [first] = (await once(help.lines, 'line')) as [string];
  expect(first).toContain('pnpm simulator');
  expect(await help.ended).toEqual([0, null]);
  const wrong = start('--count', 'many');
  let errors = '';
  wrong.child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  expect(await wrong.ended).toEqual([1, null]);
  expect(errors).toContain('--count needs a whole number, not "many"');
});
