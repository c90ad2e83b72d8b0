import { TerminalFailure, TransientFailure, type FailureCode } from '@voxport/domain';
import { openConfiguredSource, type SourceContext } from '@voxport/runtime';

/** Whether a source refuses a request because it has too many. */
export function isBusy(code: FailureCode): boolean {
  return code === 'concurrent_limit' || code === 'rate_limit';
}

/** A source that cannot be used, and why. */
export interface RefusedSource {
  readonly sourceId: string;
  readonly failure: TerminalFailure | TransientFailure;
}

/**
 * Asks every source for one conversation: whether its address, key and filters work is better known before a run than
 * during it.
 */
export async function checkSources(
  sources: readonly SourceContext[],
  signal: AbortSignal,
): Promise<{ usable: SourceContext[]; refused: RefusedSource[] }> {
  const failures = await Promise.all(sources.map((source) => checkSource(source, signal)));
  return {
    usable: sources.filter((_, index) => failures[index] === null),
    refused: sources.flatMap(({ config: { sourceId } }, index) => {
      const failure = failures[index] ?? null;
      return failure === null ? [] : [{ sourceId, failure }];
    }),
  };
}

/** Asks one source for one conversation: the reason why it cannot be used, or null. */
export async function checkSource(
  { config }: Pick<SourceContext, 'config'>,
  signal: AbortSignal,
  // A source that is busy, or whose upstream fails for a moment, is there: the run waits, and tries again.
  { passes }: { readonly passes: (code: FailureCode) => boolean } = {
    passes: (code) => isBusy(code) || code === 'server_error',
  },
): Promise<TerminalFailure | TransientFailure | null> {
  const source = openConfiguredSource(config, { connectionsMax: 1 });
  try {
    await source.checkAccess(signal);
    return null;
  } catch (error) {
    if (error instanceof TransientFailure) return passes(error.code) ? null : error;
    if (error instanceof TerminalFailure) return error;
    throw error;
  } finally {
    await source.close();
  }
}
