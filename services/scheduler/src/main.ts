import { runService } from '@voxport/runtime';
import { parseListFilters } from '@voxport/source';
import { startScheduler } from './start-scheduler.ts';

process.exitCode = await runService({
  service: 'scheduler',
  start: startScheduler,
  parseFilters: (_dialect, filters) => parseListFilters(filters),
  process,
});
