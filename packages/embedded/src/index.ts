export type { EmbeddedPostgres } from './connection.ts';
export { EmbeddedPostgresFailure, type EmbeddedPostgresFailureCode } from './failure.ts';
export { findEmbeddedPostgres } from './find.ts';
export { listEmbeddedClients } from './list-clients.ts';
export { choosePort } from './port.ts';
export { startEmbeddedPostgres } from './start.ts';
export { stopEmbeddedPostgres } from './stop.ts';
