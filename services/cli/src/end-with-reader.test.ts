import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('a command whose reader has read enough ends quietly and well', async () => {
  const command = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // As `| head` does, only sooner: nobody reads when the answer is written.
  command.stdout.destroy();
  const [said, [code]] = await Promise.all([text(command.stderr), once(command, 'exit')]);
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
