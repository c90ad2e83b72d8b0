export type { RetriedFailures } from './plan-retry.ts';
export { makeSourcePlanner, type SourcePlanner } from './source-planner.ts';
export { startScheduler } from './start-scheduler.ts';
