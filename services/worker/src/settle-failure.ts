import { describeFailure, type Redaction, type RetryDecision } from '@voxport/domain';
import type { JobPayloads, JobReference } from '@voxport/jobs';
import type { Logger, Outages } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';

export interface SettleFailureDependencies extends Pick<
  SourceStore,
  'noteAttempt' | 'failConversation' | 'failListing' | 'pauseSource'
> {
  /** The conversation answers 404: it is gone at the source. */
  readonly markGone: (gone: { readonly conversationId: string; readonly generation: number }) => Promise<unknown>;
  /** What may be kept of an answer that could not be used. */
  readonly evidence: Redaction['evidence'];
  readonly failRecording: (request: JobPayloads['fetch-recording'], error: unknown) => Promise<void>;
  readonly pauseQueue: () => Promise<void>;
  readonly wakeLoader: () => Promise<void>;
  readonly logger: Logger;
  /** Told of a job that waits because Postgres is away. */
  readonly report: Outages['report'];
}

/**
 * Makes what becomes of a failed attempt durable: the attempt's trace, the dead letter, the conversation that is gone,
 * the pause of the source.
 */
export function makeSettleFailure(dependencies: SettleFailureDependencies) {
  const { noteAttempt, markGone, failConversation, failListing, failRecording } = dependencies;
  const { pauseSource, pauseQueue, wakeLoader, evidence, logger, report } = dependencies;

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
        if (code === 'database') report({ store: 'database', error, logger, fields, what: message });
        else logger.debug({ ...fields, delayMs: decision.delayMs }, message);
        return;
      case 'retry':
        logger.warn(
          { ...fields, delayMs: decision.delayMs, ...(code === 'unexpected' ? { err: error } : {}) },
          message,
        );
        if (job.name === 'fetch-conversation') await noteAttempt({ ...job.payload, code, message, attempts });
        return;
      case 'pause_source':
        // Postgres first: a queue that is paused while the source is not would stay so if this process died in between.
        if (await pauseSource({ code, reason: message }))
          logger.error({ errorClass: code }, `the source is paused: ${message}`);
        await pauseQueue();
        return;
      case 'dead_letter': {
        if (job.name === 'fetch-recording') return failRecording(job.payload, error);
        if (job.name === 'fetch-conversation' && code === 'not_found') {
          logger.info(fields, 'the conversation is gone at the source');
          await markGone(job.payload);
          // What a webhook has landed of it: a loader that was woken for it meanwhile has passed over the locked row.
          await wakeLoader();
          return;
        }
        logger.error({ ...fields, ...(code === 'unexpected' ? { err: error } : {}) }, message);
        const body = error instanceof Error && 'body' in error && error.body instanceof Uint8Array ? error.body : null;
        const letter = { code, message, status, attempts };
        await (job.name === 'list-page'
          ? failListing({ stage: 'list', conversationId: null, payloadId: null, ...job.payload, ...letter })
          : failConversation({
              stage: 'fetch',
              windowId: null,
              ...job.payload,
              ...letter,
              body: body === null ? null : evidence(body),
            }));
      }
    }
  };
}
