import { runService } from '@voxport/runtime';
import { parseListFilters } from '@voxport/source';
import { startWorker } from './start-worker.ts';

process.exitCode = await runService({
  service: 'worker',
  start: startWorker,
  parseFilters: (_dialect, filters) => parseListFilters(filters),
  process,
});
