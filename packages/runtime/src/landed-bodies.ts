/** The bytes of payloads that this process has landed and may load itself, by their digest. */
export interface LandedBodies {
  /** Keeps the bytes of a payload that lands. */
  readonly put: (sha256: Uint8Array, body: Uint8Array) => void;
  /** What is kept at this moment. It stays readable whatever is put or forgotten meanwhile. */
  readonly held: () => HeldBodies;
  /** Lets go of what has been loaded. */
  readonly forget: (sha256s: readonly Uint8Array[]) => void;
}

/** What was kept at a moment. */
export interface HeldBodies {
  readonly sha256s: readonly Uint8Array[];
  /** The bytes with this digest; null where they were not kept. */
  readonly bodyOf: (sha256: Uint8Array) => Uint8Array | null;
}

interface Kept {
  readonly sha256: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Makes a place for bytes between landing and loading in one process, so that they need not be read back and
 * decompressed. What is loaded is what was landed, because a payload is known by the digest of its bytes; what is not
 * here (landed by another process, or let go) is read from the database.
 * @param limits at most so many payloads, and bytes of them all; the oldest ones are let go first.
 */
export function makeLandedBodies(limits: { readonly countMax: number; readonly bytesMax: number }): LandedBodies {
  const kept = new Map<string, Kept>();
  let bytes = 0;

  function remove(key: string): void {
    bytes -= kept.get(key)?.body.byteLength ?? 0;
    kept.delete(key);
  }

  return {
    put(sha256, body) {
      const key = keyOf(sha256);
      remove(key);
      kept.set(key, { sha256, body });
      bytes += body.byteLength;
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.countMax && bytes <= limits.bytesMax) break;
        remove(oldest);
      }
    },
    held() {
      const now = new Map(kept);
      return {
        sha256s: [...now.values()].map(({ sha256 }) => sha256),
        bodyOf: (sha256) => now.get(keyOf(sha256))?.body ?? null,
      };
    },
    forget(sha256s) {
      for (const sha256 of sha256s) remove(keyOf(sha256));
    },
  };
}

function keyOf(sha256: Uint8Array): string {
  return Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength).toString('latin1');
}
