import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { choosePort } from '../../packages/embedded/src/index.ts';
import {
  createTestDatabase,
  describeWithRedisServer,
  eventually,
  startProcess,
  startRedisServer,
} from '../../packages/testkit/src/index.ts';
import { migrateDatabase } from '../../packages/warehouse/src/index.ts';

const repository = join(import.meta.dirname, '../..');

/** As the container's engine does it: as a process of its own. */
async function ask(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'health.ts')], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number];
  return { status, problems: stderr.trim().split('\n').filter(Boolean) };
}

/** The loader as the image runs it; no API is needed for it to live. */
async function startLoader(settings: Readonly<Record<string, string>>) {
  const port = String(await choosePort(null));
  const environment = { VOXPORT_HEALTH_PORT: port };
  const service = startProcess(process.execPath, ['services/loader/src/main.ts'], {
    cwd: repository,
    env: { ELEVENLABS_API_KEY: 'no-key', ...settings, ...environment },
  });
  return { service, environment };
}

const healthy = { status: 0, problems: [] };

describe('the health check', () => {
  test('fails with the reason when no process answers, or none is said to', async () => {
    const port = String(await choosePort(null));
    expect(await ask({ VOXPORT_HEALTH_PORT: port })).toEqual({
      status: 1,
      problems: [expect.stringMatching(/^the process does not answer at .*ECONNREFUSED/)],
    });
    expect(await ask({})).toEqual({ status: 1, problems: [expect.stringContaining('VOXPORT_HEALTH_PORT is not set')] });
  });

  test('fails while the schema is missing, succeeds when it has come, fails while the process hangs and when it has ended', async () => {
    await using database = await createTestDatabase();
    const { service, environment } = await startLoader({ DATABASE_URL: database.url });
    await eventually(
      async () =>
        (await ask(environment)).problems.some((problem) => problem.startsWith('database: it lacks the migrations')),
      { what: 'the missing schema to be told' },
    );
    await migrateDatabase({ url: database.url, onWarning: () => {} });
    await eventually(async () => (await ask(environment)).status === 0, { what: 'readiness' });
    service.kill('SIGSTOP');
    expect(await ask(environment)).toEqual({
      status: 1,
      problems: [expect.stringMatching(/^the process does not answer/)],
    });
    service.kill('SIGCONT');
    expect(await ask(environment)).toEqual(healthy);
    service.kill('SIGTERM');
    await service.exited;
    expect((await ask(environment)).status).toBe(1);
  });
});

describeWithRedisServer('the health check with a Redis of its own', () => {
  test('fails while Redis is frozen, within the time that the compose file gives it, and succeeds when it continues', async () => {
    await using database = await createTestDatabase();
    await migrateDatabase({ url: database.url, onWarning: () => {} });
    const redis = await startRedisServer({ persistent: false });
    const { environment } = await startLoader({ DATABASE_URL: database.url, QUEUE_URL: redis.url });
    await eventually(async () => (await ask(environment)).status === 0, { what: 'readiness' });
    await redis.kill('SIGSTOP');
    const startedMs = performance.now();
    const { status, problems } = await ask(environment);
    expect(status).toBe(1);
    expect(problems).toContainEqual(expect.stringMatching(/^queue: no answer within/));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await redis.kill('SIGCONT');
    await eventually(async () => (await ask(environment)).status === 0, { what: 'readiness' });
  });
});
