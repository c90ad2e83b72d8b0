import type { TestProject } from 'vitest/node';
import { startTestServers } from './start-servers.ts';

let stop: (() => Promise<void>) | null = null;

/** For vitest's `globalSetup`: starts the servers of a run. */
export async function setup(project: TestProject): Promise<void> {
  const started = await startTestServers(process.env);
  stop = started.stop;
  project.provide('voxportTestServers', started.servers);
}

/** Stops them. */
export async function teardown(): Promise<void> {
  await stop?.();
}
