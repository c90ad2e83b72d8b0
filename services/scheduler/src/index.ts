export type { RetriedFailures } from './plan-retry.ts';
export { makeSourcePlanner, type SourcePlanner } from './source-planner.ts';
export { startScheduler } from './start-scheduler.ts';
export { dayWindows } from './verify/day-windows.ts';
export { openLister, type Lister } from './verify/open-lister.ts';
export { openVerifier, type Verifier } from './verify/open-verifier.ts';
export type { Healing, VerifiedWindow } from './verify/verify-window.ts';
