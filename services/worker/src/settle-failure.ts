import { describeFailure, type RetryDecision } from '@voxport/domain';
import type { JobReference } from '@voxport/jobs';
import type { Logger } from '@voxport/runtime';

/** A dead letter, as the warehouse takes it. */
export interface DeadLetter {
  readonly code: ReturnType<typeof describeFailure>['code'];
  readonly message: string;
  readonly status: number | null;
  readonly attempts: number;
  readonly body: Uint8Array | null;
}

export interface SettleFailureDependencies {
  readonly noteAttempt: (job: JobReference<'fetch'>, code: string, message: string, attempts: number) => Promise<void>;
  /** The conversation answers 404: it is gone at the source. */
  readonly markGone: (conversationId: string, generation: number) => Promise<void>;
  readonly failConversation: (
    job: Extract<JobReference<'fetch'>, { name: 'fetch-conversation' }>,
    letter: DeadLetter,
  ) => Promise<void>;
  readonly failRecording: (
    job: Extract<JobReference<'fetch'>, { name: 'fetch-recording' }>,
    error: unknown,
  ) => Promise<void>;
  readonly failWindow: (
    job: Extract<JobReference<'fetch'>, { name: 'list-page' }>,
    letter: DeadLetter,
  ) => Promise<void>;
  readonly pauseSource: (code: DeadLetter['code'], reason: string) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Makes what becomes of a failed attempt durable: the attempt's trace, the dead letter, the conversation that is gone,
 * the pause of the source.
 */
export function makeSettleFailure(dependencies: SettleFailureDependencies) {
  const { noteAttempt, markGone, failConversation, failRecording, failWindow, pauseSource, logger } = dependencies;

  return async function settleFailure(
    job: JobReference<'fetch'>,
    error: unknown,
    decision: RetryDecision,
    attempts: number,
  ): Promise<void> {
    const { code, message, status } = describeFailure(error);
    const fields = { job: job.name, ...job.payload, errorClass: code, status, attempt: attempts };
    switch (decision.kind) {
      case 'delay_job':
      case 'delay_queue':
        logger[code === 'database' ? 'warn' : 'debug']({ ...fields, delayMs: decision.delayMs }, message);
        return;
      case 'retry':
        logger.warn(
          { ...fields, delayMs: decision.delayMs, ...(code === 'unexpected' ? { err: error } : {}) },
          message,
        );
        await noteAttempt(job, code, message, attempts);
        return;
      case 'pause_source':
        await pauseSource(code, message);
        return;
      case 'dead_letter': {
        if (job.name === 'fetch-recording') return failRecording(job, error);
        if (job.name === 'fetch-conversation' && code === 'not_found') {
          logger.info(fields, 'the conversation is gone at the source');
          await markGone(job.payload.conversationId, job.payload.generation);
          return;
        }
        logger.error({ ...fields, ...(code === 'unexpected' ? { err: error } : {}) }, message);
        const body = error instanceof Error && 'body' in error && error.body instanceof Uint8Array ? error.body : null;
        const letter: DeadLetter = { code, message, status, attempts, body };
        await (job.name === 'list-page' ? failWindow(job, letter) : failConversation(job, letter));
      }
    }
  };
}
