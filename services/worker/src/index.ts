export { openEntitySync, type EntitySync } from './entities/open-entity-sync.ts';
export { startWorker } from './start-worker.ts';
