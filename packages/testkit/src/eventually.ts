import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/**
 * How long a test waits for a state before it gives up. It only bounds a test that hangs: one limit for all, long
 * enough for a machine that other processes keep busy. What has to be quick is measured, in the project that measures.
 */
export const patienceMs = 120_000;

/**
 * Asks `probe` again and again until it gives something other than false, undefined or null, and returns that.
 * An error that the probe throws counts as "not yet". `what` completes "waited for …" in the error's message, which
 * also tells the last answer.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  options: { timeoutMs?: number; what: string },
): Promise<Exclude<T, false | undefined | null>> {
  const { timeoutMs = patienceMs, what } = options;
  const deadline = performance.now() + timeoutMs;
  const expiry = AbortSignal.timeout(timeoutMs);
  const expired = new Promise<'expired'>((resolve) => {
    expiry.addEventListener('abort', () => resolve('expired'), { once: true });
  });
  let last = 'no answer yet';
  let cause: unknown;
  for (let pauseMs = 5; performance.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    const answer = await Promise.race([settle(probe), expired]);
    if (answer === 'expired') break;
    if (answer.ok) {
      const { value } = answer;
      if (value !== false && value !== undefined && value !== null)
        return value as Exclude<T, false | undefined | null>;
      last = inspect(value);
      cause = undefined;
    } else {
      last = `error ${inspect(answer.error, { depth: 1 })}`;
      cause = answer.error;
    }
    await delay(pauseMs);
  }
  throw new Error(`Waited ${timeoutMs} ms for ${what}. The last answer: ${last}`, { cause });
}

async function settle<T>(
  probe: () => T | Promise<T>,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }> {
  try {
    return { ok: true, value: await probe() };
  } catch (error) {
    return { ok: false, error };
  }
}
