import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { SourceContext } from '@voxport/runtime';
import { openSource } from '@voxport/source';

/** A source that cannot be used, and why. */
export interface RefusedSource {
  readonly sourceId: string;
  readonly failure: TerminalFailure | TransientFailure;
}

/** Asks every source for one conversation: whether its address, key and filters work is better known before a run than during it. */
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

async function checkSource(
  { config }: SourceContext,
  signal: AbortSignal,
): Promise<TerminalFailure | TransientFailure | null> {
  const source = openSource({ ...config, apiKey: config.apiKey.reveal(), connectionsMax: 1, userAgent: 'voxport/0.1' });
  try {
    await source.checkAccess(signal);
    return null;
  } catch (error) {
    // A source that is busy works: the run will wait its turn.
    if (error instanceof TransientFailure)
      return error.code === 'concurrent_limit' || error.code === 'rate_limit' ? null : error;
    if (error instanceof TerminalFailure) return error;
    throw error;
  } finally {
    await source.close();
  }
}
