import type { Simulator } from '../simulator.ts';
import type { WebhookTarget } from './webhook.ts';

const lookEveryMs = 1000;

/**
 * Announces calls that arrive by post-call webhooks, each once it is over. Like the vendor's it tries once, and says
 * nothing of what fails.
 */
export function announceCalls(
  simulator: Pick<Simulator, 'detailText' | 'sendWebhook'>,
  target: Pick<WebhookTarget, 'url' | 'secret'>,
): (conversationIds: readonly string[]) => void {
  const underWay = new Set<string>();

  function announce(): void {
    for (const conversationId of underWay) {
      const detail = simulator.detailText(conversationId);
      const status = detail === null ? null : (JSON.parse(detail) as { status: string }).status;
      if (status !== null && status !== 'done' && status !== 'failed') continue;
      underWay.delete(conversationId);
      if (status === null) continue;
      simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target).catch(() => undefined);
    }
  }

  setInterval(announce, lookEveryMs).unref();
  return (conversationIds) => {
    for (const conversationId of conversationIds) underWay.add(conversationId);
  };
}
