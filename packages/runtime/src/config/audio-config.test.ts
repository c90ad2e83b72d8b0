import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import type { AudioConfig } from './config.ts';
import { loadConfig } from './load-config.ts';
import { storeSettings } from './store-settings.ts';

/** The audio settings of a file with one source whose entry `audio` is given; the problems where there are any. */
function load(audio: unknown, variables: Record<string, string> = {}): AudioConfig | null {
  const directory = mkdtempSync(join(tmpdir(), 'voxport-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'sources.json');
  const entry = { name: 'support', api_key_env: 'KEY', ...(audio === undefined ? {} : { audio }) };
  writeFileSync(path, JSON.stringify({ sources: [entry] }));
  const config = loadConfig({
    variables: { VOXPORT_CONFIG: path, KEY: 'key', ...variables },
    needsSources: true,
    parseFilters: () => ({}),
  });
  return config.sources[0]!.audio;
}

function problemsOf(audio: unknown, variables: Record<string, string> = {}): readonly string[] {
  try {
    load(audio, variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('no problem was found');
}

test('audio is off where nothing is said', () => {
  expect(load(undefined)).toBeNull();
});

test('a directory is made absolute, and a recording may have 1 GiB', () => {
  expect(load({ directory: 'recordings' })).toEqual({
    store: { directory: resolve('recordings') },
    recordingBytesMax: 1024 ** 3,
    proxy: null,
  });
  expect(load({ directory: '/srv/recordings', max_size_mb: 0.5 })).toMatchObject({ recordingBytesMax: 524_288 });
});

test('a bucket of Amazon needs its name only', () => {
  expect(load({ s3: { bucket: 'calls' } })).toMatchObject({
    store: {
      s3: { bucket: 'calls', prefix: '', region: null, endpoint: null, forcePathStyle: false, credentials: null },
    },
  });
});

test('another service has its endpoint, the bucket in the path, and keys that are in no message and no print', () => {
  const audio = load(
    {
      s3: {
        bucket: 'calls',
        prefix: '/voxport/audio/',
        endpoint: 'http://minio:9000',
        access_key_id_env: 'S3_KEY',
        secret_access_key_env: 'S3_SECRET',
      },
    },
    { S3_KEY: 'the-key-id', S3_SECRET: 'the-secret' },
  )!;
  expect(JSON.stringify(audio)).not.toMatch(/the-key-id|the-secret/u);
  expect(storeSettings(audio)).toEqual({
    s3: {
      proxy: null,
      bucket: 'calls',
      prefix: 'voxport/audio/',
      region: null,
      endpoint: 'http://minio:9000',
      forcePathStyle: true,
      credentials: { accessKeyId: 'the-key-id', secretAccessKey: 'the-secret' },
    },
  });
});

test.each<[string, unknown, string]>([
  ['no place', {}, 'source "support": audio: give either directory or s3'],
  ['two places', { directory: '/a', s3: { bucket: 'calls' } }, 'give either directory or s3'],
  ['a name that is none', { s3: { bucket: 'my calls/' } }, 'bucket "my calls/" is not the name of a bucket'],
  [
    'an endpoint that is none',
    { s3: { bucket: 'calls', endpoint: 'minio:9000' } },
    'endpoint "minio:9000" is not an http',
  ],
  [
    'half of the keys',
    { s3: { bucket: 'calls', access_key_id_env: 'KEY' } },
    'secret_access_key_env or …_file is missing',
  ],
  [
    'a key twice',
    { s3: { bucket: 'calls', access_key_id_env: 'KEY', access_key_id_file: '/x', secret_access_key_env: 'KEY' } },
    'not both',
  ],
  [
    'a variable that is not set',
    { s3: { bucket: 'calls', access_key_id_env: 'NOPE', secret_access_key_env: 'KEY' } },
    'the environment variable NOPE',
  ],
  [
    'a file that is not there',
    { s3: { bucket: 'calls', access_key_id_env: 'KEY', secret_access_key_file: '/nope' } },
    'secret_access_key_file "/nope"',
  ],
  ['a key in the file', { s3: { bucket: 'calls', secret_access_key: 'x' } }, 'secret_access_key'],
  ['no size', { directory: '/a', max_size_mb: 0 }, 'max_size_mb'],
])('%s is a problem that names the setting', (_what, audio, problem) => {
  expect(problemsOf(audio).join('\n')).toContain(problem);
});
