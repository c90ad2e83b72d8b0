import { makeRedaction } from '@voxport/domain';
import { openRecordingStore, type RecordingStore } from '@voxport/recordings';
import { loadSlots } from '@voxport/jobs';
import { redactHash, storeSettings, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { openSourceStore, type DeadWebhook, type WebhookEvent } from '@voxport/warehouse';
import { decodeBase64 } from './decode-base64.ts';
import { makeTakeWebhook, parsedBytesMax, type TakeWebhookDependencies, type WebhookAnswer } from './take-webhook.ts';
import type { SpooledBody } from './spool-body.ts';

/** The webhooks of one source. */
export interface SourceWebhooks {
  readonly secrets: readonly string[];
  /** A body larger than this is refused before it is read. */
  readonly bytesMax: number;
  /** A body larger than this is not kept: nobody has a use for it. */
  readonly keptBytesMax: number;
  readonly take: (body: SpooledBody, signatureAgeSecs: number) => Promise<WebhookAnswer>;
  /** Takes a dead letter in again; null where it cannot be read this time either. */
  readonly retake: (dead: DeadWebhook, bytes: Buffer) => Promise<WebhookAnswer | null>;
}

/** What surrounds a recording in its envelope. */
const envelopeBytesMax = 1024 * 1024;
/**
 * Recordings that nobody stores are read to their end and dropped: refused often enough, the vendor would switch the
 * webhook off.
 */
const droppedBytesMax = 2 * 1024 * 1024 * 1024;

/** Puts the webhooks of every source together that has a secret for them. `close` closes their stores. */
export async function startWebhooks(
  context: ServiceContext,
): Promise<{ readonly of: (sourceId: string) => SourceWebhooks | null; close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const all = new Map<string, SourceWebhooks>();
  for (const source of context.sources) {
    const { sourceId, webhookSecrets, audio } = source.config;
    if (webhookSecrets.length === 0) continue;
    const store = audio === null ? null : await openRecordingStore(storeSettings(audio));
    if (store !== null) opened.defer(async () => store.close());
    all.set(sourceId, sourceWebhooks(context, source, store));
  }
  const kept = opened.move();
  return { of: (sourceId) => all.get(sourceId) ?? null, close: () => kept.disposeAsync() };
}

function sourceWebhooks(
  { database: { kysely }, logger }: ServiceContext,
  { config, producer }: SourceContext,
  recordings: RecordingStore | null,
): SourceWebhooks {
  const { sourceId, audio, redact } = config;
  const log = logger.child({ sourceId });
  const store = openSourceStore(kysely, sourceId);
  const recordingBytesMax = audio?.recordingBytesMax ?? 0;
  const encodedBytesMax = Math.ceil(recordingBytesMax / 3) * 4 + envelopeBytesMax;
  const bytesMax = Math.max(parsedBytesMax, recordings === null ? droppedBytesMax : encodedBytesMax);
  let slot = 0;

  async function storeRecording(
    event: WebhookEvent & { readonly conversationId: string },
    base64: AsyncIterable<Buffer>,
    sizeBytes: number,
  ) {
    if (recordings === null || sizeBytes > recordingBytesMax + 3) return 'too_large' as const;
    const { conversationId } = event;
    const contentType = 'audio/mpeg';
    const signal = AbortSignal.timeout(10 * 60_000);
    const stored = await recordings.put({ sourceId, conversationId, contentType, body: decodeBase64(base64) }, signal);
    const received = await store.receiveRecording(event, { ...stored, contentType });
    if (received === 'refused') await recordings.remove(stored.location, signal);
    return received;
  }

  const { takeWebhook, retakeWebhook } = makeTakeWebhook(dependencies());
  return {
    secrets: config.webhookSecrets.map((secret) => secret.reveal()),
    bytesMax,
    keptBytesMax: Math.max(parsedBytesMax, recordings === null ? 0 : encodedBytesMax),
    take: takeWebhook,
    retake: retakeWebhook,
  };

  function dependencies(): TakeWebhookDependencies {
    return {
      ...store,
      sourceId,
      scope: { filters: config.filters, since: config.since },
      isPolled: config.mode !== 'webhook',
      redaction: makeRedaction({ rules: redact.rules, hash: redactHash(redact) }),
      hasRedactionRules: redact.rules.length > 0,
      storeRecording: recordings === null ? null : storeRecording,
      wakeLoader: () => later('the loader could not be woken', producer.wakeLoader((slot = (slot + 1) % loadSlots))),
      enqueueDetail: (wanted) => later('a detail could not be enqueued', producer.enqueueConversations([wanted])),
      logger: log,
    };
  }

  /** What the sweep does as well, if this fails. */
  function later(problem: string, work: Promise<void>): void {
    work.catch((error: unknown) => log.warn({ err: error }, `${problem}: the sweep does it`));
  }
}
