import { createHmac, timingSafeEqual } from 'node:crypto';

/** Documented: a signature that is older is refused. */
export const toleranceSecs = 30 * 60;
/** Two clocks may differ by as much; a signature of a later time would be good for longer than it may. */
export const skewSecs = 60;

/** The header `ElevenLabs-Signature`: `t=<unix seconds>,v0=<hex>`. */
export interface SignatureHeader {
  /** As sent: the signed text begins with it. */
  readonly timestamp: string;
  /** Hex digests; several while the vendor changes over from one scheme to the next. */
  readonly digests: readonly string[];
}

/** Reads the header; null when there is none, or it is not of this form. */
export function readSignature(header: string | string[] | undefined): SignatureHeader | null {
  if (typeof header !== 'string' || header.length > 2000) return null;
  const parts = header.split(',').map((part) => part.trim().split('=', 2));
  const timestamp = parts.find(([name]) => name === 't')?.[1];
  const digests = parts.flatMap(([name, value]) => (name === 'v0' && value !== undefined ? [value] : []));
  if (timestamp === undefined || !/^\d{1,12}$/u.test(timestamp)) return null;
  return digests.some((digest) => /^[0-9a-f]{64}$/iu.test(digest)) ? { timestamp, digests } : null;
}

/** Seconds since the signature was made; negative where it lies in the future. */
export function signatureAgeSecs({ timestamp }: SignatureHeader, nowMs: number): number {
  return nowMs / 1000 - Number(timestamp);
}

/** Digests a body as it comes: over its raw bytes, before anybody has read them. */
export function makeVerifier(header: SignatureHeader, secrets: readonly string[]) {
  const hashes = secrets.map((secret) => createHmac('sha256', secret).update(`${header.timestamp}.`));
  return {
    update(chunk: Uint8Array): void {
      for (const hash of hashes) hash.update(chunk);
    },
    /** Whether one of the secrets signed it. In a time that tells nothing of where the digests differ. */
    isValid(): boolean {
      const given = header.digests.map((digest) => Buffer.from(digest, 'hex')).filter((digest) => digest.length === 32);
      let isValid = false;
      for (const hash of hashes) {
        const expected = hash.digest();
        for (const digest of given) if (timingSafeEqual(expected, digest)) isValid = true;
      }
      return isValid;
    },
  };
}
