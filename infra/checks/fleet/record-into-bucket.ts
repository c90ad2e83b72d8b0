import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestBucket } from '../../../packages/testkit/src/test-bucket.ts';
import type { ComposeService } from '../compose/read-compose.ts';
import { execute } from './container.ts';
import { containerSettings, secretsOf, type Surroundings } from './surroundings.ts';

const syncTimeoutMs = 60_000;
/** The source records the calls of its last hours only: the way into the bucket is shown by a few. */
const recordedHours = 12;

/**
 * Has a container of the image sync a source whose recordings go to a bucket, in the surroundings of a worker.
 * @throws Error with its output when it does not end well, or when the bucket is empty.
 */
export async function recordIntoBucket(
  worker: ComposeService,
  surroundings: Surroundings,
  log: (line: string) => void,
): Promise<void> {
  await using bucket = await startTestBucket();
  const { bucket: name, endpoint, credentials } = bucket.settings;
  const directory = join(surroundings.directory, 'recorded');
  mkdirSync(directory);
  const sourcesFile = join(directory, 'sources.json');
  const source = {
    name: 'recorded',
    api_key_file: join(secretsOf(worker, surroundings), 'elevenlabs-api-key'),
    base_url: `http://${surroundings.addresses.get('simulator:8080')}`,
    since: new Date(Date.now() - recordedHours * 3_600_000).toISOString(),
    audio: {
      s3: { bucket: name, endpoint, access_key_id_env: 'BUCKET_KEY_ID', secret_access_key_env: 'BUCKET_KEY' },
    },
  };
  writeFileSync(sourcesFile, JSON.stringify({ sources: [source] }));
  const own = Object.entries(worker.environment).filter(([setting]) => !setting.startsWith('ELEVENLABS_'));
  const environment = {
    ...Object.fromEntries(own),
    VOXPORT_CONFIG: sourcesFile,
    BUCKET_KEY_ID: credentials.accessKeyId,
    BUCKET_KEY: credentials.secretAccessKey,
  };
  const words = [...surroundings.image.entrypoint, 'bin/voxport.js', 'sync', '--source', 'recorded'];
  const { code, output } = await execute(
    containerSettings({ ...worker, environment }, words, surroundings),
    syncTimeoutMs,
  );
  const keys = await bucket.keys();
  if (code !== 0 || keys.length === 0)
    throw new Error(`a sync that records into a bucket ended with ${code}, ${keys.length} recordings:\n${output}`);
  log(`the image recorded ${keys.length} calls into a bucket`);
}
