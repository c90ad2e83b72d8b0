import { runService } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import { startLoader } from './start-loader.ts';

process.exitCode = await runService({
  service: 'loader',
  start: startLoader,
  parseFilters: parseSourceFilters,
  process,
});
