import { createHash } from 'node:crypto';

/** What the pages may load: nothing but what this process serves. */
const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The same for the view of the queues, whose components set styles of their own. */
export const queuesPolicy = pagePolicy
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("base-uri 'none'", "base-uri 'self'")
  .concat("; font-src 'self'");

/** Headers of every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  // What never changes says otherwise itself.
  'cache-control': 'no-store',
  'content-security-policy': pagePolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // Not `no-referrer`: with that, browsers send `Origin: null` with the forms of our own pages.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A short digest for the name of a file that never changes under it. */
export function contentName(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
