export { findConditions } from './find-conditions.ts';
export type { Observation } from './observation.ts';
export { observe, type ObservedSource } from './observe.ts';
export { isWatched } from './rules/fleet-silent.ts';
export { freshnessLag } from './rules/freshness.ts';
export { bytes } from './words.ts';
