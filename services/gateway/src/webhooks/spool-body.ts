import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeEnvelopeScanner, type ScannedEnvelope } from './scan-envelope.ts';

/** Larger bodies wait in a file. */
const memoryBytesMax = 4 * 1024 * 1024;

/** A body that has come in whole; disposing of it removes its file. */
export interface SpooledBody extends AsyncDisposable {
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly scanned: ScannedEnvelope;
  /** The whole body, in memory. Null where it was not kept, being larger than `keptBytesMax`. */
  readonly read: () => Promise<Buffer | null>;
  /** A stretch of its bytes, as a stream. */
  readonly stretch: (start: number, end: number) => AsyncIterable<Buffer>;
}

/** The body is larger than it may be. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * Takes a body in as it comes: small ones in memory, large ones in a file, those beyond `keptBytesMax` nowhere (their envelope is read all the same).
 * @param options.onChunk told every piece, in order: the signature is made over the raw bytes.
 * @throws BodyTooLargeError beyond `bytesMax`.
 */
export async function spoolBody(
  body: AsyncIterable<Buffer>,
  options: { readonly bytesMax: number; readonly keptBytesMax: number; readonly onChunk: (chunk: Buffer) => void },
): Promise<SpooledBody> {
  const scanner = makeEnvelopeScanner();
  const hash = createHash('sha256');
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  let file: { readonly path: string; readonly handle: FileHandle } | null = null;
  let isDropped = false;

  const discard = async (): Promise<void> => {
    chunks = [];
    if (file === null) return;
    await file.handle.close().catch(() => undefined);
    await rm(file.path, { force: true });
    file = null;
  };

  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > options.bytesMax)
        throw new BodyTooLargeError(`The body is larger than ${options.bytesMax} bytes.`);
      options.onChunk(chunk);
      hash.update(chunk);
      scanner.push(chunk);
      if (isDropped) continue;
      if (sizeBytes > options.keptBytesMax) {
        isDropped = true;
        await discard();
      } else if (file !== null) await file.handle.appendFile(chunk);
      else {
        chunks.push(chunk);
        if (sizeBytes <= memoryBytesMax) continue;
        file = await openFile();
        await file.handle.appendFile(Buffer.concat(chunks));
        chunks = [];
      }
    }
  } catch (error) {
    await discard();
    throw error;
  }
  const whole = file === null ? Buffer.concat(chunks) : null;
  chunks = [];
  const path = (file as { path: string } | null)?.path ?? null;

  return {
    sizeBytes,
    sha256: hash.digest(),
    scanned: scanner.result(),
    async read() {
      if (isDropped) return null;
      if (whole !== null) return whole;
      const pieces: Buffer[] = [];
      for await (const piece of createReadStream(path!)) pieces.push(piece as Buffer);
      return Buffer.concat(pieces);
    },
    async *stretch(start, end) {
      if (isDropped || start >= end) return;
      if (whole !== null) yield whole.subarray(start, end);
      else for await (const piece of createReadStream(path!, { start, end: end - 1 })) yield piece as Buffer;
    },
    [Symbol.asyncDispose]: discard,
  };
}

/** A file that only this user reads, and that is gone with the body. */
async function openFile(): Promise<{ path: string; handle: FileHandle }> {
  const path = join(tmpdir(), `voxport-webhook-${randomUUID()}`);
  return { path, handle: await open(path, 'wx', 0o600) };
}
