import { createHmac, randomBytes, scryptSync } from 'node:crypto';
import type { Secret } from '@voxport/runtime';

/** Some 50 ms and 32 MB a guess: telephone numbers are few enough to be tried all, were it cheap. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/**
 * A digest of what an erasure was asked for, as the audit keeps it: with a key where there is one, else slow and
 * salted.
 */
export function selectorHash(selector: string, key: Secret | null): string {
  if (key !== null) return `hmac-sha256:${createHmac('sha256', key.reveal()).update(selector).digest('hex')}`;
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('hex')}:${scryptSync(selector, salt, 32, scryptCost).toString('hex')}`;
}
