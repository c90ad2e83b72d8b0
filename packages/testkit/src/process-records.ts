import type { ChildProcess } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Notes a process as started by this run until it ends, so that the run's end can kill what a crashed test process
 * left behind. Synchronous: there is no moment in which a process runs unnoted.
 */
export function recordProcess(processDir: string, child: ChildProcess): void {
  if (child.pid === undefined) return;
  const record = join(processDir, String(child.pid));
  writeFileSync(record, '');
  child.once('exit', () => rmSync(record, { force: true }));
}

/** Kills every process that is still noted. */
export function killRecordedProcesses(processDir: string): void {
  for (const name of readdirSync(processDir)) {
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
    rmSync(join(processDir, name), { force: true });
  }
}
