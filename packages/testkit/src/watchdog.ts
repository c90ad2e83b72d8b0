import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the watchdog cleans up. */
export interface Watched {
  readonly directory: string;
  readonly processDir: string;
  readonly postgresDir: string;
}

/**
 * Starts a process that outlives this one and cleans up if this one dies without having stopped its servers
 * (a second Ctrl-C, the kernel's out-of-memory killer). It notices by its standard input, which the system closes.
 * Gives the function that sends it home.
 */
export function startWatchdog(watched: Watched): () => void {
  const script = fileURLToPath(new URL('watchdog-main.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(watched)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return () => child.stdin.end('done\n');
}
