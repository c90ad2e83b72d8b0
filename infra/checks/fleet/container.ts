import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How a process of the image is started: what a container's engine would set. */
export interface ContainerSettings {
  readonly name: string;
  /** Program and arguments. */
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Null: whoever runs the check, because only root can choose. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
}

/** A running process that stands for a container. */
export interface Container {
  readonly name: string;
  readonly hasEnded: () => boolean;
  /** Its last lines, of both outputs. */
  readonly tail: () => string;
  /** Resolves with the exit code when it has ended, null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /**
   * As `docker stop`: SIGTERM, and SIGKILL when the grace period is over.
   * @returns the exit code (null: killed) and how long it took.
   */
  readonly stop: (gracePeriodMs: number) => Promise<{ code: number | null; tookMs: number }>;
}

const tailLines = 40;

/** Starts a process with nothing of this process's environment but what the settings say. */
export function startContainer(settings: ContainerSettings): Container {
  const child = launch(settings);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      if (output.length > 2000) output.splice(0, 1000);
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  // Whoever awaits it is told; nobody has to.
  ended.catch(() => undefined);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name: settings.name,
    hasEnded,
    tail: () => output.join('').trimEnd().split('\n').slice(-tailLines).join('\n'),
    ended,
    async stop(gracePeriodMs) {
      const startedMs = performance.now();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), gracePeriodMs);
      const code = await ended;
      clearTimeout(timer);
      return { code, tookMs: performance.now() - startedMs };
    },
  };
}

/** Runs a command to its end in a container's surroundings, as a health check does. */
export async function execute(
  settings: ContainerSettings,
  timeoutMs: number,
): Promise<{ code: number | null; output: string }> {
  const container = startContainer(settings);
  const timer = setTimeout(() => void container.stop(0), timeoutMs);
  const code = await container.ended;
  clearTimeout(timer);
  return { code, output: container.tail() };
}

function launch({ words, directory, environment, account }: ContainerSettings): ChildProcess {
  const [program = '', ...args] = words;
  return spawn(program, args, {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
}
