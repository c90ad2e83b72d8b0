/** What the package starts: the command, each service of a fleet, and the simulated API of the demo. */
export const entries = {
  voxport: 'services/cli/src/main.ts',
  scheduler: 'services/scheduler/src/main.ts',
  worker: 'services/worker/src/main.ts',
  loader: 'services/loader/src/main.ts',
  gateway: 'services/gateway/src/main.ts',
  simulator: 'packages/simulator/src/main.ts',
} as const;
