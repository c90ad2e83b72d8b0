import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from './container.ts';

/**
 * Asks again until the answer is true. An error of the probe counts as "not yet".
 * @throws Error when the time is over, and at once when one of the containers has ended, with its last lines.
 */
export async function until(
  probe: () => Promise<boolean>,
  options: { what: string; timeoutMs: number; signal: AbortSignal; containers: readonly Container[] },
): Promise<void> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let last: unknown = 'no answer';
  while (performance.now() < deadlineMs) {
    options.signal.throwIfAborted();
    const ended = options.containers.find((container) => container.hasEnded());
    if (ended !== undefined)
      throw new Error(`${ended.name} ended while the check waited for ${options.what}:\n${ended.tail()}`);
    try {
      if (await probe()) return;
      last = 'not yet';
    } catch (error) {
      last = error;
    }
    await delay(100, undefined, { signal: options.signal });
  }
  const tails = options.containers.map(({ name, tail }) => `--- ${name}\n${tail()}`).join('\n');
  throw new Error(`Waited ${options.timeoutMs / 1000} s for ${options.what}: ${String(last)}\n${tails}`);
}
