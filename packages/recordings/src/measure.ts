import { createHash } from 'node:crypto';

/** Bytes on their way, measured while they pass. */
export interface Measured {
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
  /** Of all that has passed. */
  result(): { sizeBytes: number; sha256: string };
  /** What the body itself threw, told from what the place it goes to did: only the latter is the store's fault. */
  bodyError(): { readonly error: unknown } | null;
}

/** Counts and hashes a body while it is read; stops between two pieces when aborted. */
export function measure(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Measured {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let failed: { readonly error: unknown } | null = null;

  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of body) {
        signal.throwIfAborted();
        sizeBytes += piece.byteLength;
        hash.update(piece);
        yield piece;
      }
    } catch (error) {
      failed = { error };
      throw error;
    }
  }

  return {
    bytes: pass(),
    result: () => ({ sizeBytes, sha256: hash.digest('hex') }),
    bodyError: () => failed,
  };
}
