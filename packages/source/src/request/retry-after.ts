import type { IncomingHttpHeaders } from 'node:http';
import { headerOf } from './header.ts';

/**
 * Reads `Retry-After`: seconds (0 and decimals included) or an HTTP date, of which a past one means now.
 * Returns milliseconds to wait, or null for a header that is missing or says nothing usable.
 * A date is counted from the response's own `Date` header where there is one, so that a wrong clock here does no harm.
 */
export function readRetryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | null {
  const value = headerOf(headers, 'retry-after');
  if (value === null) return null;
  if (/^\d+(\.\d*)?$|^\.\d+$/.test(value)) return finiteMs(Number(value) * 1000);
  const dateMs = parseHttpDateMs(value);
  return dateMs === null ? null : Math.max(0, dateMs - serverNowMs(headers, nowMs));
}

/** Reset times further ahead than this are taken for a misreading: the header has no documented unit. */
const resetAheadMsMax = 60 * 60 * 1000;

/**
 * Reads `X-RateLimit-Reset`, which voiceable documents only as "time when the rate limit resets", without a unit.
 * Accepted are the forms that can mean one thing only: unix seconds, unix milliseconds, an HTTP date or ISO time, and a
 * small number as seconds from now. Returns milliseconds to wait; null when missing, unreadable or over an hour ahead.
 */
export function readRateLimitResetMs(headers: IncomingHttpHeaders, nowMs: number): number | null {
  const value = headerOf(headers, 'x-ratelimit-reset');
  if (value === null) return null;
  const now = serverNowMs(headers, nowMs);
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? waitOfNumber(Number(value), now) : waitOfDate(value, now);
  return waitMs === null || waitMs > resetAheadMsMax ? null : waitMs;
}

function waitOfNumber(value: number, nowMs: number): number {
  if (value >= 1e11) return Math.max(0, value - nowMs);
  if (value >= 1e9) return Math.max(0, value * 1000 - nowMs);
  return value * 1000;
}

function waitOfDate(value: string, nowMs: number): number | null {
  const dateMs =
    parseHttpDateMs(value) ?? (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

/**
 * `Date.parse` accepts almost anything ("5 apples" is the year 2001 or so): only what begins like one of the HTTP date
 * forms gets there.
 */
function parseHttpDateMs(value: string): number | null {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/.test(value)) return null;
  const zoned = /(GMT|UTC|[+-]\d{4})$/.test(value) ? value : `${value} GMT`;
  const dateMs = Date.parse(zoned);
  return Number.isNaN(dateMs) ? null : dateMs;
}

function serverNowMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const date = headerOf(headers, 'date');
  return date === null ? nowMs : (parseHttpDateMs(date) ?? nowMs);
}

function finiteMs(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms) : null;
}
