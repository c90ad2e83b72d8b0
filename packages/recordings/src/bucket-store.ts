import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type BucketSettings, proxyEnvironment, type ProxySettings, TransientFailure } from '@voxport/domain';
import { bucketFailure } from './bucket-failure.ts';
import { measure } from './measure.ts';
import { recordingName } from './recording-name.ts';
import type { RecordingStore } from './store.ts';

/**
 * A recording up to this size is one request, a larger one is sent in parts of it: of each, so much is in memory twice
 * at most.
 */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 2;

/** Silence for so long ends a request, which the client then repeats. */
const timeouts = { connectionTimeout: 10_000, socketTimeout: 60_000 };

/**
 * Keeps recordings in a bucket. An object appears when its upload is complete, and never in part: a broken upload is
 * taken back, and one whose process died leaves parts that no listing of objects shows (a lifecycle rule of the bucket
 * removes them).
 *
 * The AWS client is large (23 MB), but it is the one that finds the credentials of a container's or a machine's role,
 * and that every service which speaks the protocol is tested with. This module is loaded only where a bucket is
 * configured.
 */
export function openBucketStore(settings: BucketSettings): RecordingStore {
  const { bucket, prefix, endpoint } = settings;
  const place = `s3://${bucket}/${prefix}`;
  const region = settings.region ?? (endpoint === null ? null : 'us-east-1');
  const client = new S3Client({
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
    ...(settings.credentials === null ? {} : { credentials: settings.credentials }),
    forcePathStyle: settings.forcePathStyle,
    // Newer checksums, which Amazon's own takes, are unknown to many other services.
    ...(endpoint === null
      ? {}
      : { requestChecksumCalculation: 'WHEN_REQUIRED' as const, responseChecksumValidation: 'WHEN_REQUIRED' as const }),
    requestHandler: { ...timeouts, ...agentsOf(settings.proxy ?? null) },
  });

  /** Runs a step; errors become failures that name the bucket, or the signal's reason. */
  async function step<Result>(signal: AbortSignal, run: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw bucketFailure(error, place);
    }
  }

  async function storedBytes(key: string, signal: AbortSignal): Promise<number | undefined> {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return head.ContentLength;
  }

  return {
    place,

    async check(signal) {
      await step(signal, async () => {
        // Only the rights that storing needs: to list the bucket, for one, is none of them.
        const probe = { Bucket: bucket, Key: `${prefix}.voxport-write-test` };
        await client.send(new PutObjectCommand({ ...probe, Body: 'x' }), { abortSignal: signal });
        await client.send(new DeleteObjectCommand(probe), { abortSignal: signal });
      });
    },

    async put(recording, signal) {
      signal.throwIfAborted();
      const key = `${prefix}${recordingName(recording)}`;
      const measured = measure(recording.body, signal);
      const body = Readable.from(measured.bytes, { objectMode: false });
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: body, ContentType: recording.contentType },
        partSize: partBytes,
        queueSize: partsAtOnce,
        leavePartsOnError: false,
      });
      const onAbort = (): void => void upload.abort().catch(() => {});
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await upload.done();
        const { sizeBytes, sha256 } = measured.result();
        const found = await storedBytes(key, signal);
        if (found !== sizeBytes)
          throw new TransientFailure(
            'storage',
            `The bucket of the recordings, ${place}, has ${found ?? 'no'} bytes of ${key}, sent were ${sizeBytes}.`,
          );
        return { location: `s3://${bucket}/${key}`, sizeBytes, sha256 };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof TransientFailure) throw error;
        throw measured.bodyError()?.error ?? bucketFailure(error, place);
      } finally {
        signal.removeEventListener('abort', onAbort);
        body.destroy();
      }
    },

    async remove(location, signal) {
      const own = `s3://${bucket}/`;
      if (!location.startsWith(own)) {
        throw new TransientFailure(
          'storage',
          `The recording at ${location} does not lie in the bucket ${bucket}. Remove it by hand, or configure the store that it lies in.`,
        );
      }
      const key = location.slice(own.length);
      await step(signal, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }),
      );
    },

    close() {
      client.destroy();
    },
  };
}

/** The client has its own agents where there is no proxy; with one, Node's, which know how to use it. */
function agentsOf(proxy: ProxySettings | null): { httpAgent?: HttpAgent; httpsAgent?: HttpsAgent } {
  if (proxy === null) return {};
  const options = { keepAlive: true, maxSockets: 50, proxyEnv: proxyEnvironment(proxy) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}
