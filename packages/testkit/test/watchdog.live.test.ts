import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { TestServers } from '../src/context.ts';
import { eventually } from '../src/eventually.ts';
import { ping } from '../src/redis-program.ts';
import { startProcess } from '../src/start-process.ts';

test('the servers of a run end with it, also when it is killed', async () => {
  const run = startProcess(process.execPath, [fileURLToPath(new URL('start-and-wait.ts', import.meta.url))]);
  const servers = JSON.parse(await run.waitForLine(/^\{/u)) as TestServers;
  const directory = dirname(servers.processDir);
  expect(await accepts(servers.postgresUrl)).toBe(true);
  // One in a container has testcontainers' own reaper.
  const ownRedis = servers.redis?.origin === servers.redisServerProgram ? (servers.redis?.url ?? null) : null;
  expect(ownRedis === null || (await ping(ownRedis))).toBe(true);
  expect(existsSync(directory)).toBe(true);

  run.kill('SIGKILL');
  await run.exited;
  await eventually(() => !existsSync(directory), { what: `${directory} to be removed` });
  expect(await accepts(servers.postgresUrl)).toBe(false);
  expect(ownRedis !== null && (await ping(ownRedis))).toBe(false);
});

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
