/**
 * `pnpm infra:check`: what can be held about the containers without an engine.
 *
 * 1. docker-compose.yml is what Compose understands: the JSON schema of the specification, with its variables replaced,
 *    for an account and for the demo; and `docker compose config` where this machine has Compose.
 * 2. The image builds and the fleet runs: the Dockerfile's own steps are carried out in order in a clean copy, and the
 *    compose file's own commands, environment, secrets and health checks are run as processes, against a real Postgres,
 *    a real Redis and the simulator.
 *
 * What only an engine can show is not shown: the base images themselves, capabilities, memory limits, the networks.
 */
import { check } from './check.ts';

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)));

const startedMs = performance.now();
const log = (line: string): void => {
  process.stdout.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
try {
  await check({
    repository: new URL('../..', import.meta.url).pathname,
    environment: process.env,
    signal: interrupted.signal,
    log,
  });
} catch (error) {
  process.stderr.write(`\ninfra:check failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
