import { runService } from '@voxport/runtime';
import { parseListFilters } from '@voxport/source';
import { startLoader } from './start-loader.ts';

process.exitCode = await runService({
  service: 'loader',
  start: startLoader,
  parseFilters: (_dialect, filters) => parseListFilters(filters),
  process,
});
