import type { ChildProcess } from 'node:child_process';
import { recordProcess } from './process-records.ts';
import { testServers } from './servers.ts';

/** Notes a process that a test has spawned itself, so that the end of the run ends it whatever becomes of the test. */
export function noteProcess(child: ChildProcess): void {
  recordProcess(testServers().processDir, child);
}
