import { join } from 'node:path';
import { findEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import { defaultApiKey as key } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { connectDatabase, runQuery } from '@voxport/warehouse';
import { expect, onTestFinished, test } from 'vitest';
import { runVoxport, simulate, startVoxport, temporaryDirectory, type Environment } from './voxport.ts';

/** An installation with an embedded server of its own, until the test ends. */
async function install(options: Parameters<typeof simulate>[0]) {
  const directory = await temporaryDirectory();
  const dataDir = join(directory, 'data');
  const simulator = await simulate(options);
  const env: Environment = {
    ELEVENLABS_API_KEY: key,
    ELEVENLABS_BASE_URL: simulator.url,
    VOXPORT_DATA_DIR: dataDir,
    VOXPORT_HTTP_PORT: 'off',
  };
  const stop = (): Promise<string> => stopEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), mode: 'immediate' });
  onTestFinished(async () => void (await stop()));
  /** How many conversations there are; 0 while there is no server, or no table. */
  const count = async (): Promise<number> => {
    const server = await findEmbeddedPostgres(join(dataDir, 'postgres')).catch(() => null);
    if (server === null) return 0;
    await using database = connectDatabase({
      url: server.url,
      poolSizeMax: 1,
      applicationName: 'voxport-embedded',
      onPoolError: () => {},
    });
    const rows = await runQuery(
      database.kysely,
      'select count(*)::int as count from voxport.conversations where deleted_at is null',
    ).catch(() => []);
    return Number(rows[0]?.['count'] ?? 0);
  };
  return { directory, env, simulator, stop, count };
}

test('one that goes away under `up` is started again: one line of the outage, one of its end; stopping it asks first', async () => {
  const { directory, env, stop, count } = await install({ conversationCount: 30 });
  const up = startVoxport(['up'], env, directory);
  await up.waitForLine(/voxport is up/u);
  await eventually(async () => (await count()) === 30, { what: 'the first export' });

  const refused = await runVoxport(['database', 'stop'], env, directory);
  expect(refused).toMatchObject({ code: 1, stdout: [] });
  expect(refused.stderr.join(' ')).toMatch(
    /^The embedded Postgres is in use by \S+ \S*main\.ts up\. .* starts it again .* end that first\. .*database stop --force$/u,
  );

  const before = up.stderr.length;
  await stop();
  await up.waitForLine(/the embedded Postgres answers again/u);
  const told = up.stderr.slice(before);
  expect(told.filter((line) => line.includes('the embedded Postgres is away'))).toHaveLength(1);
  expect(told.join('\n')).not.toMatch(/\n\s+at |"stack"|ECONNREFUSED[^]*ECONNREFUSED/u);
  expect(await count()).toBe(30);
  up.kill('SIGTERM');
  expect(await up.exited).toEqual({ code: 0, signal: null });

  expect(await runVoxport(['database', 'stop'], env, directory)).toMatchObject({ code: 0, stderr: [] });
});

test('one that goes away under `sync` ends it with a sentence, and few lines before; the next one completes it', async () => {
  const { directory, env, simulator, stop, count } = await install({ conversationCount: 200, latencyMs: 50 });
  const sync = startVoxport(['sync'], env, directory);
  await eventually(async () => (await count()) > 0, { what: 'the first conversations' });
  await stop();
  expect((await sync.exited).code).not.toBe(0);
  const text = sync.stderr.join('\n');
  expect(text).not.toMatch(/\n\s+at |"stack"|this is a bug/u);
  expect(sync.stderr.filter((line) => line.includes('the embedded Postgres is away')).length).toBeLessThanOrEqual(1);
  expect(sync.stderr.at(-1)).toMatch(/^voxport: the connection to the database was lost/u);
  expect(sync.stderr.length, text).toBeLessThan(10);

  simulator.setLimits({ latencyMs: 0 });
  expect((await runVoxport(['sync'], env, directory)).code).toBe(0);
  expect(await count()).toBe(200);
});
