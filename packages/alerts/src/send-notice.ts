import type { Notice } from '@voxport/domain';
import type { AlertReceiver } from '@voxport/runtime';
import type { Digest } from '@voxport/warehouse';
import { formatGeneric } from './format-generic.ts';
import { formatSlack } from './format-slack.ts';
import { postJson, type PostResult } from './post.ts';

/**
 * Sends one notice, or digest, to one receiver in its format. The idempotency key tells a receiver that it has had it
 * already.
 */
export function sendNotice(
  receiver: Pick<AlertReceiver, 'kind' | 'url' | 'proxy'>,
  delivery: { readonly notice: Notice | Digest; readonly idempotencyKey: string; readonly now: Date },
  signal: AbortSignal,
): Promise<PostResult> {
  const { notice, idempotencyKey, now } = delivery;
  const body = receiver.kind === 'slack' ? formatSlack(notice, now) : formatGeneric(notice, idempotencyKey);
  return postJson(receiver.url.reveal(), body, { 'idempotency-key': idempotencyKey }, receiver.proxy ?? null, signal);
}
