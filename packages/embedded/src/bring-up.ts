import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresFailure } from './failure.ts';
import { inspectServer, type ServerState } from './inspect.ts';
import { socketDirOf, type Layout } from './layout.ts';
import { choosePort } from './port.ts';
import { isAlive } from './process.ts';
import { run, type Account } from './run.ts';
import { settingsText, type Tuning } from './settings.ts';

/** After a crash the server replays its log before it takes connections; minutes where it was loading hard. */
const readyTimeoutMs = 600_000;
/** A person who waits is told for what by then. */
const silenceMaxMs = 3_000;
/**
 * Attempts fail for reasons that pass: the port was taken meanwhile, processes of a killed server still hold its
 * memory.
 */
const attemptsMax = 6;
const serverLogBytesMax = 10 * 1024 ** 2;

interface BringUpOptions {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly tuning: Tuning;
  readonly signal?: AbortSignal | undefined;
  readonly onLog: (message: string) => void;
  /** Told of what takes long, or what was not as it was left: for a person. */
  readonly onNotice: (message: string) => void;
}

/**
 * Starts the server of an existing cluster, detached, and waits until it takes connections; waits likewise for one that
 * another process has started or stopped meanwhile.
 *
 * @throws EmbeddedPostgresFailure `start_failed`, `stop_failed`, `password_rejected`; AbortError
 */
export async function bringUp(
  layout: Layout,
  options: BringUpOptions,
): Promise<{ server: Extract<ServerState, { state: 'running' }>; startedHere: boolean }> {
  const { onLog, onNotice, signal } = options;
  const begunMs = performance.now();
  const deadline = begunMs + readyTimeoutMs;
  let isTold = false;
  let startedHere = false;
  let attempts = 0;
  let lastLog = '';
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const server = await inspectServer(layout);
    if (server.state === 'running') return { server, startedHere };
    if (server.state === 'moved') {
      onNotice(
        `The embedded Postgres was moved from ${server.from} while it ran: it is stopped, and started at its new place.`,
      );
      await stopMoved(layout, options);
      continue;
    }
    if (server.state === 'starting' || server.state === 'stopping') {
      if (!isTold && performance.now() - begunMs > silenceMaxMs) {
        isTold = true;
        onNotice(
          `The embedded Postgres in ${layout.dataDir} (process ${server.pid}) is ${server.state}: it is waited for, up to ${readyTimeoutMs / 60_000} minutes. What it does stands in ${layout.serverLog}.`,
        );
      }
      await delay(50, undefined, { signal });
      continue;
    }
    if (server.state === 'crashed') {
      onLog('Postgres was not shut down cleanly; it recovers by itself.');
      await clearForeignProcessId(layout, server.pid);
    }
    if (attempts === attemptsMax) throw startFailed(layout, lastLog);
    await delay(attempts * 250, undefined, { signal });
    attempts += 1;
    const attempt = await launch(layout, options);
    startedHere ||= attempt.started;
    lastLog = attempt.log;
  }
  throw startFailed(layout, lastLog);
}

function startFailed(layout: Layout, log: string): EmbeddedPostgresFailure {
  return new EmbeddedPostgresFailure(
    'start_failed',
    `The embedded Postgres in ${layout.dataDir} does not start. The end of its log (${layout.serverLog}):\n${log.trim()}`,
  );
}

async function stopMoved(layout: Layout, { account, binaries, signal }: BringUpOptions): Promise<void> {
  const { code, output } = await run(
    account,
    [binaries.pgCtl, 'stop', '-D', layout.cluster, '--mode=fast', '--wait', '--timeout=60', '--silent'],
    { signal },
  );
  if (code === 0 || (await inspectServer(layout)).state !== 'moved') return;
  throw new EmbeddedPostgresFailure(
    'stop_failed',
    `The embedded Postgres in ${layout.dataDir} was moved while it ran, and cannot be stopped: ${output.trim()}. End its process, whose number is the first line of ${layout.postmasterFile}; then try again.`,
  );
}

async function launch(layout: Layout, options: BringUpOptions): Promise<{ started: boolean; log: string }> {
  const { account, binaries, signal, tuning } = options;
  const preferred = Number(await readFile(layout.portFile, 'utf8').catch(() => ''));
  const port = await choosePort(preferred > 0 && preferred <= 65_535 ? preferred : null);
  await replaceFile(layout.portFile, `${port}\n`, account);
  const socketDir = socketDirOf(layout, process.platform);
  const settings = settingsText({ port, socketDir, totalMemoryBytes: totalmem(), tuning });
  await replaceFile(layout.settingsFile, settings, account);
  await keepLogShort(layout.serverLog);
  const logOffset = await stat(layout.serverLog).then(
    ({ size }) => size,
    () => 0,
  );
  // pg_ctl makes the server a session of its own, so neither this process's end nor Ctrl-C reaches it.
  const { code, output } = await run(
    account,
    [binaries.pgCtl, 'start', '-D', layout.cluster, '-l', layout.serverLog, '--wait', '--timeout=60', '--silent'],
    { signal },
  );
  return { started: code === 0, log: `${await readFrom(layout.serverLog, logOffset)}\n${output}` };
}

/**
 * Postgres refuses to start while the process id in a left-over `postmaster.pid` belongs to any process of the same
 * user, which after a reboot it may. The caller has found that it is not a server of this cluster.
 */
async function clearForeignProcessId(layout: Layout, pid: number): Promise<void> {
  if (pid === 0 || isAlive(pid)) await rm(layout.postmasterFile, { force: true });
}

async function replaceFile(path: string, text: string, account: Account): Promise<void> {
  const next = `${path}.${process.pid}`;
  await writeFile(next, text, { mode: 0o600 });
  await giveTo(account, next);
  await rename(next, path);
}

async function keepLogShort(path: string): Promise<void> {
  const log = await stat(path).catch(() => null);
  if (log && log.size > serverLogBytesMax) await rename(path, `${path}.1`);
}

async function readFrom(path: string, offset: number): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16_384), 0, 16_384, offset);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}
