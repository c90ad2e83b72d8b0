import { runService } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import { startGateway } from './start-gateway.ts';

process.exitCode = await runService({
  service: 'gateway',
  start: (context, { http }) =>
    startGateway(context, { ...http, port: http.port ?? 0, note: (text) => void process.stderr.write(`${text}\n`) }),
  parseFilters: parseSourceFilters,
  process,
});
