import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { TerminalFailure } from '@voxport/domain';

const compressInPool = promisify(zstdCompress);
const decompressInPool = promisify(zstdDecompress);

/**
 * Level 1: a fifth of the size. Postgres's own pglz was the largest single cost of a load; gzip takes half as long
 * again, and three times as long to read.
 */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * Bodies up to this size are encoded in place. Measured for 23 KB: 99 µs to write and 53 µs to read, against 130 and
 * 225 µs through the thread pool, whose streams cost more than the work. Larger ones would hold up the process, and go
 * to the pool.
 */
const inPlaceBytesMax = 256 * 1024;

/** Compresses a payload's bytes for the raw store. */
export async function compressBody(body: Uint8Array): Promise<Buffer> {
  return body.byteLength <= inPlaceBytesMax ? zstdCompressSync(body, options) : compressInPool(body, options);
}

/**
 * Gives a stored payload's bytes as they were received.
 * @throws TerminalFailure: `mapping` for an encoding that this version does not know, `damaged_payload` for bytes that
 *   cannot be decoded or are not as many as came.
 */
export async function decodeBody(stored: {
  encoding: string;
  body: Uint8Array;
  sizeBytes: number;
}): Promise<Uint8Array> {
  const { encoding, sizeBytes } = stored;
  if (encoding !== 'identity' && encoding !== 'zstd') {
    throw new TerminalFailure(
      'mapping',
      `The stored payload is encoded as "${encoding}", which this version cannot read. Update Voxport, then have it loaded again.`,
    );
  }
  const body = await decode(stored).catch((error: unknown) => {
    throw damaged('cannot be decoded', error);
  });
  if (body.byteLength !== sizeBytes) throw damaged(`has ${body.byteLength} bytes instead of ${sizeBytes}`);
  return body;
}

async function decode({ encoding, body, sizeBytes }: Parameters<typeof decodeBody>[0]): Promise<Uint8Array> {
  if (encoding === 'identity') return body;
  return sizeBytes <= inPlaceBytesMax ? zstdDecompressSync(body) : decompressInPool(body);
}

function damaged(what: string, cause?: unknown): TerminalFailure {
  return new TerminalFailure(
    'damaged_payload',
    `The stored payload ${what}: what is in voxport_raw.payloads is damaged. Have the failure retried, which fetches the conversation anew.`,
    { cause },
  );
}
