import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 50;

/**
 * Looks until there is something: resolves with the first answer that is neither false nor null nor undefined. An error
 * of the look counts as "not yet", because servers are down on purpose here; it is told when the time is over.
 * @throws Error that names what was waited for; the signal's reason when aborted.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  options: { timeoutMs: number; signal: AbortSignal; everyMs?: number },
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let cause: unknown;
  do {
    options.signal.throwIfAborted();
    try {
      const answer = await look();
      if (answer !== false && answer !== null && answer !== undefined)
        return answer as Exclude<T, false | null | undefined>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(options.everyMs ?? lookEveryMs, undefined, { signal: options.signal });
  } while (performance.now() < deadlineMs);
  throw new Error(`waited ${Math.round(options.timeoutMs / 1000)} s for ${what}`, { cause });
}
