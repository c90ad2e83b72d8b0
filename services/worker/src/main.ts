import { runService } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import { startWorker } from './start-worker.ts';

process.exitCode = await runService({
  service: 'worker',
  start: (context) => startWorker(context),
  parseFilters: parseSourceFilters,
  process,
});
