export {
  connectionFailure,
  databaseErrorCode,
  describePlace,
  urlFailure,
  type DatabasePlace,
} from './connection-failure.ts';
export { findPooling, type Pooling } from './find-pooler.ts';
export { followUrl } from './follow-url.ts';
export { LostConnection, TellingPool, tellLosses } from './lost-connection.ts';
export { openClient } from './open-client.ts';
export { pinSession, waitedFor, type SessionNeeds } from './pin-session.ts';
export {
  fitnessQuery,
  readOnlyReason,
  readOnlyRemedy,
  remedyOfEncoding,
  requireFitDatabase,
  requireWritable,
  unfitEncoding,
  type DatabaseFitness,
} from './require-fit-database.ts';
export { tellPoolErrors } from './tell-pool-errors.ts';
