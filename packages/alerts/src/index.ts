export { findConditions, isConsuming } from './find-conditions.ts';
export type { Observation, SourceObservation } from './observation.ts';
export { observe, observedSources, type ObservedSource } from './observe.ts';
export { callUrl, type PostResult } from './post.ts';
export { readDisks } from './read-disks.ts';
export { freshnessLag } from './rules/freshness.ts';
export { disk, usedSeverity } from './rules/room.ts';
export { sendNotice } from './send-notice.ts';
export { startAlerts } from './start-alerts.ts';
