import type { Logger, SourceProbe } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';

export interface ResumeWhenPossibleDependencies extends Pick<SourceStore, 'readSource' | 'resumeSource'> {
  readonly probe: Pick<SourceProbe, 'askWhenDue'>;
  readonly isQueuePaused: () => Promise<boolean>;
  readonly resumeQueue: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Makes what resumes a paused source: its list is asked when that is due, and when it answers, the source and its queue
 * go to work again.
 */
export function makeResumeWhenPossible(dependencies: ResumeWhenPossibleDependencies) {
  const { readSource, probe, resumeSource, isQueuePaused, resumeQueue, logger } = dependencies;

  return async function resumeWhenPossible(signal: AbortSignal): Promise<void> {
    const state = await readSource();
    if (state !== null && state.pausedAt !== null) {
      const verdict = await probe.askWhenDue(signal);
      // One that has too many requests is there, whether or not it would take the key.
      const isBack = verdict?.kind === 'answers' || (verdict?.kind === 'busy' && state.pausedClass === 'source_down');
      if (!isBack) {
        if (verdict !== null) logger.debug({ verdict }, 'the source stays paused');
        return;
      }
      await resumeSource();
      logger.info('the source answers again: it is resumed');
    }
    // Asked for itself: a process that died half-way, or a refusal that came late, leaves the queue paused where the
    // source is not.
    if (await isQueuePaused()) await resumeQueue();
  };
}
