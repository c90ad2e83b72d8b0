import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What a program wrote, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, with nothing of the caller's npm in its environment.
 * @param options.until a line on stderr after which the program gets SIGTERM.
 * @throws Error with all that the program wrote when it ends with another code than 0, or takes longer than
 *   `timeoutMs`.
 */
export async function run(
  [program, ...args]: readonly [string, ...string[]],
  options: { cwd: string; env?: Readonly<Record<string, string>>; until?: RegExp; timeoutMs?: number },
): Promise<Ended> {
  const { cwd, until, timeoutMs = 300_000 } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...withoutNpm(process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(timeoutMs),
    // A group of its own, so that a signal reaches what a package manager has started as Ctrl-C does.
    detached: true,
  });
  let seen = '';
  child.stderr.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    if (until?.test(seen) === true && child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGTERM');
    }
  });
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  const ended = { code: code as number | null, stdout, stderr };
  if (until !== undefined ? !until.test(stderr) : code !== 0) {
    throw new Error(`${[program, ...args].join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
  }
  return ended;
}

function withoutNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) =>
        !/^(?:PNPM_|VOXPORT_|ELEVENLABS_|DATABASE_URL|QUEUE_URL|REDIS_URL|NODE_OPTIONS)/u.test(name) &&
        // The registry of this machine may be set this way; what a running script knows of itself is not for others.
        !/^npm_(?:lifecycle|package|command|execpath|config_(?:user_agent|verify_deps|node_version|loglevel))/u.test(
          name,
        ),
    ),
  );
}
