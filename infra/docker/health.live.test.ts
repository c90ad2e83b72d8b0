import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  createTestRedis,
  describeWithRedis,
  describeWithRedisServer,
  startProcess,
  startRedisServer,
} from '../../packages/testkit/src/index.ts';
import { findProblems } from './health.ts';

const script = 'services/worker/src/main.ts';

/** An installation whose service only waits. */
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxport-health-'));
  mkdirSync(join(directory, dirname(script)), { recursive: true });
  writeFileSync(join(directory, script), "process.stdout.write('up\\n');\nsetInterval(() => undefined, 1000);\n");
});
afterEach(() => rmSync(directory, { recursive: true }));

async function startService() {
  const service = startProcess(process.execPath, [script], { cwd: directory });
  await service.waitForLine(/^up$/);
  return service;
}

/** As the container's engine does it: as a process of its own, in the service's directory. */
function ask(environment: Readonly<Record<string, string>>) {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'health.ts'), script], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...environment },
  });
  return { status, problems: stderr.trim().split('\n').filter(Boolean) };
}

describe('the health check', () => {
  test('fails with each reason when nothing is there', () => {
    const { status, problems } = ask({
      DATABASE_URL: 'postgres://voxport:the-password@127.0.0.1:1/voxport',
      QUEUE_URL: 'redis://:the-password@127.0.0.1:1',
    });
    expect(status).toBe(1);
    expect(problems).toEqual([
      `no process runs ${script}`,
      expect.stringMatching(/^the database does not answer: .*ECONNREFUSED/),
      expect.stringMatching(/^the queue does not answer: .*ECONNREFUSED/),
    ]);
    expect(problems.join()).not.toContain('the-password');
  });

  test('names the setting whose file cannot be read', async () => {
    const values: Readonly<Record<string, string>> = { DATABASE_URL_FILE: '/nowhere' };
    const problems = await findProblems(script, { value: (name) => values[name] ?? null, file: () => null });
    expect(problems).toContain('DATABASE_URL_FILE: "/nowhere" cannot be read or is empty');
  });

  test('succeeds with the queue in the database, and fails while the process is stopped and when it has ended', async () => {
    await using database = await createTestDatabase();
    const settings = { DATABASE_URL: database.url };
    const service = await startService();
    expect(ask(settings)).toEqual({ status: 0, problems: [] });
    service.kill('SIGSTOP');
    expect(ask(settings)).toEqual({ status: 1, problems: [`no process runs ${script}`] });
    service.kill('SIGKILL');
    await service.exited;
    expect(ask(settings)).toEqual({ status: 1, problems: [`no process runs ${script}`] });
  });

  test('does not take another installation on the same machine for its own', async () => {
    await using database = await createTestDatabase();
    await startService();
    const problems = await findProblems(script, {
      value: (name) => (name === 'DATABASE_URL' ? database.url : null),
      file: () => null,
    });
    expect(problems).toEqual([`no process runs ${script}`]);
  });
});

describeWithRedis('the health check with a Redis', () => {
  test('succeeds when process, database and queue are there', async () => {
    await using database = await createTestDatabase();
    await using redis = await createTestRedis();
    await startService();
    expect(ask({ DATABASE_URL: database.url, QUEUE_URL: redis.url })).toEqual({ status: 0, problems: [] });
  });
});

describeWithRedisServer('the health check with a Redis of its own', () => {
  test('fails while Redis is frozen, within the time that the compose file gives it', async () => {
    await using database = await createTestDatabase();
    const redis = await startRedisServer({ persistent: false });
    await startService();
    await redis.kill('SIGSTOP');
    const startedMs = performance.now();
    const { status, problems } = ask({ DATABASE_URL: database.url, QUEUE_URL: redis.url });
    expect(status).toBe(1);
    expect(problems).toEqual([expect.stringMatching(/^the queue does not answer/)]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
