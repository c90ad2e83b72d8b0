import type { ConversationPage, ConversationPayload, Redaction } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import type { ConversationSource } from '@voxport/source';
import type { Window } from '@voxport/warehouse';
import type { InFlightGovernor } from './in-flight.ts';
import type { Latency } from './latency.ts';
import { redactPage, redactPayload } from './redact.ts';
import type { RunControl } from './run-control.ts';

export interface FetchPipelineDependencies {
  readonly redaction: Redaction;
  readonly limit: InFlightGovernor['run'];
  readonly pause: Pick<RunControl, 'refusePage' | 'refuseDetail'>;
  readonly latency: Latency['measure'];
  /** Asks for a detail, and lets the judge of failures learn how that ended. */
  readonly outage: (conversationId: string, signal: AbortSignal) => Promise<ConversationPayload>;
  /** The source, whose requests are counted and traced. */
  readonly trace: Pick<ConversationSource, 'listPage'>;
}

/** The requests of the jobs of one source, each through all its layers. */
export interface FetchPipeline {
  /** Lists a page of a window. Rejects with what `settleUnwanted` settles when its run is paused or cancelled. */
  readonly listPage: (window: Window, pageSize: number, signal: AbortSignal) => Promise<ConversationPage>;
  /** Fetches a detail. Rejects in the same way when it is not wanted at present. */
  readonly getConversation: (
    job: JobPayloads['fetch-conversation'],
    signal: AbortSignal,
  ) => Promise<ConversationPayload>;
}

/**
 * Puts the layers of a request together, in this one order, from the outside in:
 *
 * 1. redaction: what came is redacted before anything else sees it (`redact.ts`)
 * 2. limit: the request waits until this worker has room for it, and its outcome moves the limit (`in-flight.ts`)
 * 3. pause: what is not wanted by now is not sent; asked after the wait, which may be long (`run-control.ts`)
 * 4. latency: the time of a detail that came (`latency.ts`); waiting does not count
 * 5. outage: a 404 is compared with the list, and the judge learns how a detail ended (`ask-for-detail.ts`)
 * 6. trace: the request itself, counted while it is under way, and a span (`observe-source.ts`)
 */
export function makeFetchPipeline(layers: FetchPipelineDependencies): FetchPipeline {
  const { redaction, limit, pause, latency, outage, trace } = layers;
  return {
    async listPage({ runId, range, cursor, filters }, pageSize, signal) {
      const page = await limit(async () => {
        pause.refusePage(runId);
        return trace.listPage({ range, cursor, pageSize, filters }, signal);
      }, signal);
      return redactPage(redaction, page);
    },

    async getConversation(job, signal) {
      const payload = await limit(async () => {
        await pause.refuseDetail(job);
        return latency(() => outage(job.conversationId, signal));
      }, signal);
      return redactPayload(redaction, payload);
    },
  };
}
