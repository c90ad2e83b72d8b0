import { createHash, randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEnvelopeScanner, type ScannedEnvelope } from './scan-envelope.ts';

/** Larger bodies wait in a file. */
const memoryBytesMax = 1024 * 1024;

const pieceBytes = 256 * 1024;

/** A body that has come in whole; disposing of it frees what holds it. */
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

/** What waits in files is more than may wait in all. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError';
}

/**
 * Bytes of all bodies in files at once: a few of the largest, and no more than a temporary directory in memory can
 * hold.
 */
const spooledBytesMax = 192 * 1024 * 1024;

/** Where bodies wait in files, and how many bytes of them, of all requests together. */
export interface SpoolBound {
  readonly directory: string;
  /** @throws SpoolFullError when there is no room. */
  readonly take: (bytes: number) => void;
  readonly giveBack: (bytes: number) => void;
}

export function makeSpoolBound(directory: string, bytesMax: number = spooledBytesMax): SpoolBound {
  let taken = 0;
  return {
    directory,
    take(bytes) {
      if (taken + bytes > bytesMax) throw new SpoolFullError(`More than ${bytesMax} bytes of webhooks wait in files.`);
      taken += bytes;
    },
    giveBack: (bytes) => void (taken -= bytes),
  };
}

/**
 * Takes a body in as it comes: small ones in memory, large ones in a file, those beyond `keptBytesMax` nowhere (their
 * envelope is read all the same).
 * @param options.onChunk told every piece, in order: the signature is made over the raw bytes.
 * @throws BodyTooLargeError beyond `bytesMax`.
 */
export async function spoolBody(
  body: AsyncIterable<Buffer>,
  options: {
    readonly bytesMax: number;
    readonly keptBytesMax: number;
    readonly onChunk: (chunk: Buffer) => void;
    readonly spool: SpoolBound;
  },
): Promise<SpooledBody> {
  const scanner = makeEnvelopeScanner();
  const hash = createHash('sha256');
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  let file: FileHandle | null = null;
  let isDropped = false;
  let spooledBytes = 0;
  const take = (bytes: number): void => {
    options.spool.take(bytes);
    spooledBytes += bytes;
  };

  const discard = async (): Promise<void> => {
    chunks = [];
    if (file === null) return;
    await file.close().catch(() => undefined);
    file = null;
    options.spool.giveBack(spooledBytes);
    spooledBytes = 0;
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
      } else if (file !== null) {
        take(chunk.length);
        await file.appendFile(chunk);
      } else {
        chunks.push(chunk);
        if (sizeBytes <= memoryBytesMax) continue;
        file = await openSpoolFile(options.spool.directory);
        take(sizeBytes);
        await file.appendFile(Buffer.concat(chunks));
        chunks = [];
      }
    }
  } catch (error) {
    await discard();
    throw error;
  }
  const whole = file === null ? Buffer.concat(chunks) : null;
  chunks = [];
  const kept: FileHandle | null = file;

  return {
    sizeBytes,
    sha256: hash.digest(),
    scanned: scanner.result(),
    async read() {
      if (isDropped) return null;
      if (whole !== null) return whole;
      const pieces: Buffer[] = [];
      for await (const piece of stretchOf(kept, 0, sizeBytes)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    async *stretch(start, end) {
      if (isDropped || start >= end) return;
      if (whole !== null) yield whole.subarray(start, end);
      else yield* stretchOf(kept, start, end);
    },
    [Symbol.asyncDispose]: discard,
  };
}

/** A file that has no name any more as soon as it is open: nothing of it is left, however this process ends. */
export async function openSpoolFile(directory: string): Promise<FileHandle> {
  const path = join(directory, `voxport-webhook-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  await rm(path);
  return handle;
}

async function* stretchOf(file: FileHandle | null, start: number, end: number): AsyncGenerator<Buffer> {
  if (file === null) return;
  for (let at = start; at < end;) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
