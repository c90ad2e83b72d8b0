import type { TestProject } from 'vitest/node';
import { startTestServers } from './start-servers.ts';

/** For vitest's `globalSetup`: starts the servers of a run and gives the function that stops them. */
let stop: (() => Promise<void>) | null = null;

export async function setup(project: TestProject): Promise<void> {
  const started = await startTestServers();
  stop = started.stop;
  project.provide('voxportTestServers', started.servers);
}

export async function teardown(): Promise<void> {
  await stop?.();
}
