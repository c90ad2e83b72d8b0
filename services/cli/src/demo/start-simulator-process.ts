import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Starts the API simulator in a process of its own, on a free port; `close` ends it. */
export async function startSimulatorProcess(options: {
  conversationCount: number;
  seed: number;
  apiKey: string;
  startUnixSecs: number;
  endUnixSecs: number;
}): Promise<{ url: string; close: () => Promise<void> }> {
  // By the name of the package that this file is in (package.json, `imports`): the workspace's, or the built one's.
  const entry = fileURLToPath(import.meta.resolve('#simulator'));
  const child = spawn(
    process.execPath,
    [
      entry,
      '--count',
      String(options.conversationCount),
      '--seed',
      String(options.seed),
      '--key',
      options.apiKey,
      '--start',
      String(options.startUnixSecs),
      '--end',
      String(options.endUnixSecs),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, close };
  }
  throw new Error('the simulator ended before it was ready');
}
