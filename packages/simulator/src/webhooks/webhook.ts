import { createHmac } from 'node:crypto';
import { audioBytes } from '../render/audio.ts';
import type { Universe } from '../universe.ts';

/** What a post-call webhook tells. */
export type WebhookContent =
  | { readonly type: 'post_call_transcription'; readonly conversationId: string; readonly excludesTranscript?: boolean }
  | { readonly type: 'post_call_audio'; readonly conversationId: string }
  | {
      readonly type: 'call_initiation_failure';
      readonly conversationId: string;
      readonly agentId: string;
      readonly reason: string;
      readonly provider: 'twilio' | 'sip';
      readonly report: Readonly<Record<string, unknown>>;
    };

/** Where a webhook goes, and how. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  /** When the event happened, Unix seconds; now by default. */
  readonly eventUnixSecs?: number;
  /** When it is signed, Unix seconds; now by default. */
  readonly signedUnixSecs?: number;
}

/** The header `ElevenLabs-Signature` of a body. */
export function signWebhook(body: string | Uint8Array, secret: string, unixSecs: number): string {
  const digest = createHmac('sha256', secret).update(`${unixSecs}.`).update(body).digest('hex');
  return `t=${unixSecs},v0=${digest}`;
}

/** The JSON text of a webhook, as the vendor sends it; null where there is no such conversation. */
export function webhookBody(universe: Universe, content: WebhookContent, eventUnixSecs: number): string | null {
  const data = dataOf(universe, content);
  return data === null ? null : `{"type": "${content.type}", "event_timestamp": ${eventUnixSecs}, "data": ${data}}`;
}

function dataOf(universe: Universe, content: WebhookContent): string | null {
  const { conversationId } = content;
  if (content.type === 'call_initiation_failure') {
    return JSON.stringify({
      agent_id: content.agentId,
      conversation_id: conversationId,
      failure_reason: content.reason,
      metadata: { type: content.provider, body: content.report },
    });
  }
  const index = universe.indexOf(conversationId);
  const detail = universe.detailText(conversationId);
  if (index === null || detail === null) return null;
  if (content.type === 'post_call_audio') {
    const { agent_id: agentId } = JSON.parse(detail) as { agent_id: string };
    const audio = Buffer.from(audioBytes(universe.world.seed, index)).toString('base64');
    return JSON.stringify({ agent_id: agentId, conversation_id: conversationId, full_audio: audio });
  }
  if (content.excludesTranscript !== true) return detail;
  const { transcript: _, ...rest } = JSON.parse(detail) as { transcript: unknown };
  return JSON.stringify(rest);
}

/** Sends a signed body; resolves with the status of the answer. */
export async function sendSigned(body: string | Uint8Array, target: WebhookTarget): Promise<number> {
  const signedUnixSecs = target.signedUnixSecs ?? Math.floor(Date.now() / 1000);
  const answer = await fetch(target.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'elevenlabs-signature': signWebhook(body, target.secret, signedUnixSecs),
    },
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}
