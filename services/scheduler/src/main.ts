import { runService } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import { startScheduler } from './start-scheduler.ts';

process.exitCode = await runService({
  service: 'scheduler',
  start: startScheduler,
  parseFilters: parseSourceFilters,
  process,
});
