import { resolve } from 'node:path';
import type { AudioConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';
import type { SourceEntry } from './sources-file.ts';

type AudioEntry = NonNullable<SourceEntry['audio']>;
type BucketEntry = NonNullable<AudioEntry['s3']>;

/**
 * Turns the entry `audio` of a source into its settings; null where there is none: audio is off. What is wrong is told
 * to `problem`.
 */
export function audioConfig(
  entry: SourceEntry['audio'],
  environment: Environment,
  problem: (text: string) => void,
): AudioConfig | null {
  if (entry === undefined) return null;
  const { directory, s3 } = entry;
  const recordingBytesMax = Math.ceil(entry.max_size_mb * 1024 * 1024);
  if ((directory === undefined) === (s3 === undefined)) {
    problem('audio: give either directory or s3, the place where recordings are stored');
    return null;
  }
  if (directory !== undefined) return { store: { directory: resolve(directory) }, recordingBytesMax };
  return { store: { s3: bucketSettings(s3!, environment, (text) => problem(`audio.s3: ${text}`)) }, recordingBytesMax };
}

function bucketSettings(
  entry: BucketEntry,
  environment: Environment,
  problem: (text: string) => void,
): Extract<AudioConfig['store'], { s3: unknown }>['s3'] {
  const { bucket, prefix, region, endpoint } = entry;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) problem(`bucket "${bucket}" is not the name of a bucket`);
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol))) {
    problem(`endpoint "${endpoint}" is not an http:// or https:// URL`);
  }
  return {
    bucket,
    // Keys begin with the prefix; what is meant is a folder.
    prefix: prefix === '' ? '' : `${prefix.replaceAll(/^\/+|\/+$/g, '')}/`,
    region: region ?? null,
    endpoint: endpoint ?? null,
    forcePathStyle: entry.force_path_style ?? endpoint !== undefined,
    credentials: credentials(entry, environment, problem),
  };
}

function credentials(
  entry: BucketEntry,
  environment: Environment,
  problem: (text: string) => void,
): { accessKeyId: Secret; secretAccessKey: Secret } | null {
  const accessKeyId = credential('access_key_id', entry, environment, problem);
  const secretAccessKey = credential('secret_access_key', entry, environment, problem);
  if (accessKeyId === null && secretAccessKey === null) return null;
  if (accessKeyId === null || secretAccessKey === null) {
    problem(
      `${accessKeyId === null ? 'access_key_id' : 'secret_access_key'}_env or …_file is missing: give both keys, or neither for those that the machine has`,
    );
  }
  return { accessKeyId: accessKeyId ?? secret(''), secretAccessKey: secretAccessKey ?? secret('') };
}

/** Reads a key from where the entry says that it stands; null where it says nothing. */
function credential(
  name: 'access_key_id' | 'secret_access_key',
  entry: BucketEntry,
  environment: Environment,
  problem: (text: string) => void,
): Secret | null {
  const variable = entry[`${name}_env`];
  const path = entry[`${name}_file`];
  if (variable !== undefined && path !== undefined) problem(`give ${name}_env or ${name}_file, not both`);
  if (variable !== undefined) {
    const value = environment.value(variable);
    if (value === null) problem(`the environment variable ${variable}, named by ${name}_env, is not set`);
    return secret(value ?? '');
  }
  if (path === undefined) return null;
  const content = environment.file(path);
  if (content === null) problem(`${name}_file "${path}" cannot be read or is empty`);
  return secret(content ?? '');
}
