import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { stopEmbeddedPostgres } from '@voxport/embedded';
import { killRecordedProcesses } from './process-records.ts';
import type { Watched } from './watchdog.ts';

const { directory, processDir, postgresDir } = JSON.parse(process.argv[2] ?? '') as Watched;
if ((await text(process.stdin)) !== 'done\n') {
  killRecordedProcesses(processDir);
  await stopEmbeddedPostgres({ dataDir: postgresDir, mode: 'immediate' });
  await rm(directory, { recursive: true, force: true });
}
