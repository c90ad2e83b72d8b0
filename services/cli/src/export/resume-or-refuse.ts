import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import { readSource, resumeSource } from '@voxport/warehouse';
import { checkSource, isBusy } from './check-sources.ts';

/**
 * How long a command waits for a source that has gone away. What it has fetched is kept, and the next one continues
 * from there.
 */
const awayMsMax = 10 * 60_000;

/**
 * Looks whether a source was paused while a run is under way. One that is away is asked, and continues when it answers;
 * one that refuses its key would be waited for without end.
 * @throws TerminalFailure for a source that refuses, TransientFailure (`source_down`) for one that has been away for
 *   too long.
 */
export async function resumeOrRefusePaused({ database, sources }: ServiceContext, signal: AbortSignal): Promise<void> {
  for (const source of sources) {
    const state = await readSource(database.kysely, source.config.sourceId);
    if (state === null || state.pausedAt === null) continue;
    const reason = state.pausedReason ?? state.pausedClass ?? 'its key was refused';
    const advice = 'Run the command again when the cause is removed: it continues where it stopped.';
    if (state.pausedClass !== 'source_down')
      throw new TerminalFailure('unauthorized', `Source "${state.sourceId}" was paused: ${reason} ${advice}`);
    if (await answers(source, signal)) {
      await resumeSource(database.kysely, state.sourceId);
      await source.producer.resume();
    } else if (Date.now() - state.pausedAt.getTime() > awayMsMax)
      throw new TransientFailure('source_down', `Source "${state.sourceId}" did not come back: ${reason} ${advice}`);
  }
}

async function answers(source: SourceContext, signal: AbortSignal): Promise<boolean> {
  const failure = await checkSource(source, signal, { passes: isBusy });
  if (failure instanceof TerminalFailure) throw failure;
  return failure === null;
}
