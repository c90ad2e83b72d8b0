import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** As whom a program runs; see account.ts. */
export type Account =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace' }
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly uid: number;
      readonly gid: number;
      /** Keeps root's right to pass through every directory (CAP_DAC_OVERRIDE), for a checkout below /root. */
      readonly passesDirectories: boolean;
    };

export interface RunResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/**
 * The environment of every program started here: nothing of the caller's, so no PGDATA, PGPORT or LC_ALL leaks in.
 * On Windows, Node adds what the system itself needs.
 */
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Wraps a command so that it is not root: a user namespace needs no account on the machine, and no change of owner. */
export function inNamespace(command: readonly [string, ...string[]]): [string, ...string[]] {
  return ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--', ...command];
}

function wrapped(account: Account, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (account.kind === 'namespace') return inNamespace(command);
  if (account.kind === 'self' || !account.passesDirectories) return command;
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  // Postgres asks access(2) whether its binaries may be run, which leaves a capability out of account unless this bit
  // is set.
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return ['setpriv', ...identity, ...capability, '--', ...command];
}

/**
 * Runs a program to its end and gives its exit code and what it wrote, whatever the code is.
 * `input` goes to its standard input.
 *
 * @throws the system's error when it cannot be started (`code` ENOENT, EACCES), AbortError when `signal` ends it
 */
export async function run(
  account: Account,
  command: readonly [string, ...string[]],
  options: { input?: string; signal?: AbortSignal | undefined } = {},
): Promise<RunResult> {
  const [program, ...args] = wrapped(account, command);
  const { input = '', signal } = options;
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    // The working directory must be one that the account can read.
    cwd: '/',
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(account.kind === 'user' && !account.passesDirectories ? { uid: account.uid, gid: account.gid } : {}),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (output += chunk));
  }
  // A program that ends without reading makes the write fail; its exit code tells enough.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  // Not spawn's own `signal`, which rejects while the program still runs and writes.
  const end = (): void => void child.kill();
  signal?.addEventListener('abort', end, { once: true });
  try {
    const closed = once(child, 'close').catch(() => undefined);
    const [code] = (await once(child, 'exit')) as [number | null];
    // On Windows the server inherits the pipes of `pg_ctl start`, so `close` may never come.
    await Promise.race([closed, delay(1_000, undefined, { ref: false })]);
    signal?.throwIfAborted();
    return { code, output };
  } finally {
    signal?.removeEventListener('abort', end);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
