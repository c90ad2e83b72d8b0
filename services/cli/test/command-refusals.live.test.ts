import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { defaultApiKey as key } from '@voxport/simulator';
import { describe, expect, test } from 'vitest';
import { expectOneSentence, runVoxport, simulate, temporaryDirectory, warehouseUrl } from './voxport.ts';

/** A port of this machine that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
};

describe('a command that cannot start says why in one sentence and ends with 2', () => {
  test('when the API refuses the key', async () => {
    const simulator = await simulate();
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: 'sk_wrong_secret', ELEVENLABS_BASE_URL: simulator.url };
    const end = await runVoxport(['sync', '--json'], { ...env, DATABASE_URL: url, QUEUE_URL: url });
    // With --json the answer is an object whatever happens.
    expect(JSON.parse(end.stdout.join(''))).toMatchObject({ error: { error_class: 'unauthorized' }, run_id: null });
    expect(end.stdout.join('')).not.toContain('sk_wrong_secret');
    expectOneSentence({ ...end, stdout: [] }, /"elevenlabs".*key/u, ['sk_wrong_secret']);
  });

  test('when the API cannot be reached', async () => {
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: `http://127.0.0.1:${await closedPort()}` };
    expectOneSentence(await runVoxport(['sync'], { ...env, DATABASE_URL: url, QUEUE_URL: url }), /127\.0\.0\.1/u);
  });

  test('when the database cannot be reached', async () => {
    const url = `postgres://somebody:pw_secret@127.0.0.1:${await closedPort()}/calls`;
    const end = await runVoxport(['sync'], { ELEVENLABS_API_KEY: key, DATABASE_URL: url });
    expectOneSentence(end, /DATABASE_URL.*nothing listens there/u, [key, 'pw_secret']);
  });

  test('when the database refuses the password', async () => {
    const url = withPassword(await warehouseUrl(), 'pw_secret');
    for (const command of ['sync', 'migrate', 'status']) {
      const end = await runVoxport([command], { ELEVENLABS_API_KEY: key, DATABASE_URL: url });
      expectOneSentence(end, /DATABASE_URL.*the password is wrong/u, [key, 'pw_secret']);
    }
  });

  test('when the database does not exist', async () => {
    const url = new URL(await warehouseUrl());
    url.pathname = '/there_is_none';
    const end = await runVoxport(['sync'], { ELEVENLABS_API_KEY: key, DATABASE_URL: url.href });
    expectOneSentence(end, /DATABASE_URL.*there_is_none.*does not exist/u, [key, url.password]);
  });

  test('when the queue cannot be reached', async () => {
    const port = await closedPort();
    const url = await warehouseUrl();
    for (const protocol of ['redis', 'postgres']) {
      const queueUrl = `${protocol}://user:pw_secret@127.0.0.1:${port}/0`;
      const env = { ELEVENLABS_API_KEY: key, DATABASE_URL: url, QUEUE_URL: queueUrl };
      expectOneSentence(await runVoxport(['sync'], env), /QUEUE_URL.*127\.0\.0\.1/u, [key, 'pw_secret']);
    }
  });

  test('when the key is missing, empty, or in a file that is not there', async () => {
    const url = await warehouseUrl();
    expectOneSentence(await runVoxport(['sync'], { DATABASE_URL: url }), /ELEVENLABS_API_KEY is not set/u);
    expectOneSentence(await runVoxport(['up'], { DATABASE_URL: url, ELEVENLABS_API_KEY: ' ' }), /ELEVENLABS_API_KEY/u);
    const env = { DATABASE_URL: url, ELEVENLABS_API_KEY_FILE: '/there/is/none' };
    expect((await runVoxport(['sync'], env)).stderr.join('\n')).toContain('/there/is/none');
  });

  test('when a source is asked for that is not configured', async () => {
    const end = await runVoxport(['sync', '--source', 'nobody'], { ELEVENLABS_API_KEY: key });
    expectOneSentence(end, /--source "nobody" is not configured; the sources are: elevenlabs/u);
  });

  test('when a backfill ends before it begins, or has no such time', async () => {
    const env = { ELEVENLABS_API_KEY: key };
    const ends = await runVoxport(['backfill', '--from', '2026-02-01', '--to', '2026-01-01'], env);
    expectOneSentence(ends, /--from must be before --to/u);
    const day = await runVoxport(['backfill', '--from', '2026-02-31', '--to', '2026-03-01'], env);
    expect(day.stderr.join(' ')).toMatch(/--from.*2026-02-31.*invalid/u);
    expect(day).toMatchObject({ code: 2, stdout: [] });
  });

  test('when there is no such command or option, and where to look', async () => {
    for (const [args, says] of [
      [['exprot'], /unknown command 'exprot'/u],
      [['sync', '--jsno'], /unknown option '--jsno'/u],
      [['backfill'], /--from/u],
    ] as const) {
      const end = await runVoxport(args);
      expect(end.stderr.join('\n')).toMatch(says);
      expect(end.stderr.join('\n')).toContain('--help lists the commands');
      expect(end).toMatchObject({ code: 2, stdout: [] });
    }
  });

  test('with all problems of a configuration at once', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'sources.yaml');
    await writeFile(
      path,
      `sources:
  - name: support
    api_key_env: SUPPORT_KEY
    schedule: sometimes
  - name: proxy
    dialect: voiceable
    api_key_env: PROXY_KEY
    lookback: long
`,
    );
    const env = {
      VOXPORT_CONFIG: path,
      PROXY_KEY: 'sk_proxy_secret',
      DATABASE_URL: 'mysql://u:pw_secret@h/d',
      LOG_LEVEL: 'loud',
    };
    const { code, stdout, stderr } = await runVoxport(['sync'], env);
    const text = stderr.join('\n');
    for (const setting of ['SUPPORT_KEY', 'sometimes', 'base_url', 'long', 'DATABASE_URL', 'loud'])
      expect(text).toContain(setting);
    expect(text).toContain('6 problems');
    expect(text).not.toMatch(/sk_proxy_secret|pw_secret|\n\s+at /u);
    expect({ code, stdout }).toEqual({ code: 2, stdout: [] });
  });
});
