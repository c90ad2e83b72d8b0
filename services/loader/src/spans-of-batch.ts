import type { Traces } from '@voxport/runtime';
import type { ClaimedPayload, LoadedPayload } from '@voxport/warehouse';

type RecordedSpan = Parameters<Traces['record']>[0][number];

/**
 * The loads of a committed batch as spans: of each payload that carries a trace, one in that trace, from the claim to
 * the commit.
 */
export function spansOfBatch(
  batch: {
    readonly claimed: readonly Pick<ClaimedPayload, 'payloadId' | 'conversationId' | 'traceparent'>[];
    readonly settled: readonly (Pick<LoadedPayload, 'payloadId' | 'outcome'> & {
      readonly refusal?: { readonly code: string };
    })[];
  },
  { sourceId, startedAt }: { readonly sourceId: string; readonly startedAt: Date },
): RecordedSpan[] {
  const traced = batch.claimed.filter(({ traceparent }) => traceparent !== null);
  if (traced.length === 0) return [];
  const settled = new Map(batch.settled.map((payload) => [payload.payloadId, payload]));
  return traced.map(({ payloadId, conversationId, traceparent }) => {
    const { outcome = 'failed', refusal } = settled.get(payloadId) ?? {};
    return {
      name: 'load conversation',
      traceparent: traceparent ?? '',
      startedAt,
      attributes: {
        'voxport.source': sourceId,
        'voxport.conversation_id': conversationId,
        'voxport.outcome': outcome,
        'voxport.batch_size': batch.claimed.length,
      },
      ...(refusal === undefined ? {} : { errorCode: refusal.code }),
    };
  });
}
