import { describeFailure, readTime, recordOf, type Redaction, type WantedDetail } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import { matchPayload, type PayloadScope } from '@voxport/source';
import type { DeadWebhook, LandedWebhook, SourceStore, WebhookEvent } from '@voxport/warehouse';
import { conversationIdOf, decodeWebhookBody, readEnvelope, type Envelope } from './read-envelope.ts';
import type { SpooledBody } from './spool-body.ts';

/** A body that is parsed is held in memory, and parsed: larger transcripts do not exist. */
export const parsedBytesMax = 64 * 1024 * 1024;

/** What is answered. `outcome` is for the log and the metrics. */
export interface WebhookAnswer {
  readonly status: number;
  readonly outcome: 'landed' | 'stored' | 'ignored' | 'failed' | 'duplicate' | 'too_large';
}

type Named = WebhookEvent & { readonly conversationId: string };

export interface TakeWebhookDependencies extends Pick<
  SourceStore,
  | 'isListed'
  | 'landTranscription'
  | 'landInitiationFailure'
  | 'storeUnknownEvent'
  | 'recordWebhookEvent'
  | 'keepDeadWebhook'
> {
  readonly sourceId: string;
  /** What the source exports at all. */
  readonly scope: PayloadScope;
  /** Whether a detail can be asked for where a webhook brings no transcript. */
  readonly isPolled: boolean;
  readonly redaction: Redaction;
  /** Whether rules are configured: in an event of an unknown form nobody knows where they apply. */
  readonly hasRedactionRules: boolean;
  /** Null where recordings are not stored. */
  readonly storeRecording:
    | ((
        event: Named,
        base64: AsyncIterable<Buffer>,
        sizeBytes: number,
      ) => Promise<'stored' | 'duplicate' | 'refused' | 'too_large'>)
    | null;
  /** Wakes the loader. Not waited for: what has landed is durable, and the sweep wakes it too. */
  readonly wakeLoader: () => void;
  readonly enqueueDetail: (wanted: WantedDetail) => void;
  readonly logger: Logger;
}

/**
 * Makes the taking in of one source's webhooks, whose signature holds: durable first, then the answer. Every event is
 * acknowledged, those of unknown types and those that cannot be read too: refusals only make the vendor switch the
 * webhook off. Rejects where the database cannot be written: the vendor is to send it again.
 */
export function makeTakeWebhook(dependencies: TakeWebhookDependencies) {
  const { sourceId, scope, redaction, logger } = dependencies;

  async function takeWebhook(body: SpooledBody, signatureAgeSecs: number): Promise<WebhookAnswer> {
    const base = { sourceId, signatureAgeSecs, digest: body.sha256, replaces: null };
    const { scanned } = body;
    if (scanned.type === 'post_call_audio') {
      const conversationId = conversationIdOf(scanned.conversationId);
      return takeAudio({ ...base, type: scanned.type, conversationId, eventAt: scanned.eventAt }, body);
    }
    const bytes = body.sizeBytes > parsedBytesMax ? null : await body.read();
    if (bytes === null) {
      logger.error({ type: scanned.type, sizeBytes: body.sizeBytes }, 'a webhook is too large to be read');
      return { status: 413, outcome: 'too_large' };
    }
    return takeBytes(base, await decodeWebhookBody(bytes, parsedBytesMax));
  }

  /**
   * Takes a dead letter in again, from the bytes that were kept of it: null where this version cannot read it either.
   */
  async function retakeWebhook(dead: DeadWebhook, bytes: Buffer): Promise<WebhookAnswer | null> {
    const { eventId, signatureAgeSecs, digest } = dead;
    const envelope = readEnvelope(bytes);
    const isReadable = envelope !== null && (isUnknown(envelope.type) || isUsable(envelope));
    return isReadable ? takeBytes({ sourceId, signatureAgeSecs, digest, replaces: eventId }, bytes) : null;
  }

  return { takeWebhook, retakeWebhook };

  type Base = Pick<WebhookEvent, 'sourceId' | 'signatureAgeSecs' | 'digest' | 'replaces'>;

  async function takeBytes(base: Base, bytes: Buffer): Promise<WebhookAnswer> {
    const envelope = readEnvelope(bytes);
    if (envelope === null) {
      const unreadable = { ...base, type: 'unreadable', conversationId: null, eventAt: null };
      return deadLetter(unreadable, bytes, 'The body is no JSON object with a type.');
    }
    const { type, eventAt, conversationId } = envelope;
    const event: WebhookEvent = { ...base, type, eventAt, conversationId };
    if (isUnknown(type)) return takeUnknown(event, bytes);
    if (!isUsable(envelope)) return deadLetter(event, bytes, whatIsMissing(envelope));
    return type === 'post_call_transcription'
      ? takeTranscription(event, envelope)
      : takeInitiationFailure(event, envelope, bytes);
  }

  async function takeTranscription(
    event: WebhookEvent,
    { data, dataBytes, conversationId }: UsableEnvelope,
  ): Promise<WebhookAnswer> {
    const unwanted = await whyUnwanted(conversationId, scope, data);
    if (unwanted !== null) return recorded(event, 'ignored', unwanted);
    const transcript = data['transcript'];
    const metadata = data['metadata'];
    const startedSecs =
      typeof metadata === 'object' && metadata !== null && 'start_time_unix_secs' in metadata
        ? metadata.start_time_unix_secs
        : null;
    const landed = await dependencies.landTranscription(
      { ...event, conversationId },
      {
        body: redaction.payload(dataBytes, conversationId),
        agentId: textOf(data['agent_id']),
        startedAt: readTime(startedSecs),
        status: textOf(data['status']),
        hasTranscript: !dependencies.isPolled || (Array.isArray(transcript) && transcript.length > 0),
      },
    );
    return settled(event, landed);
  }

  async function takeInitiationFailure(
    event: WebhookEvent,
    { conversationId, data }: UsableEnvelope,
    bytes: Buffer,
  ): Promise<WebhookAnswer> {
    // No list shows a call that never began: of what its source exports only the agent and the time can concern it.
    const unwanted = whyNotOfAgent(event, textOf(data['agent_id']));
    if (unwanted !== null) return recorded(event, 'ignored', unwanted);
    const landed = await dependencies.landInitiationFailure(
      { ...event, conversationId },
      redaction.payload(bytes, conversationId),
    );
    return settled(event, landed);
  }

  function settled(event: WebhookEvent, landed: LandedWebhook): WebhookAnswer {
    const { type, conversationId } = event;
    switch (landed.kind) {
      case 'duplicate':
        return { status: 200, outcome: 'duplicate' };
      case 'refused':
        return { status: 200, outcome: 'ignored' };
      case 'landed':
        logger.debug({ type, conversationId }, 'a webhook has landed');
        if (landed.wanted !== null) dependencies.enqueueDetail(landed.wanted);
        dependencies.wakeLoader();
        return { status: 200, outcome: 'landed' };
    }
  }

  async function takeUnknown(event: WebhookEvent, bytes: Buffer): Promise<WebhookAnswer> {
    if (dependencies.hasRedactionRules) {
      return recorded(
        event,
        'ignored',
        'This version does not know the type. Its body is not kept: the source has redaction rules, and nobody knows where they apply in it.',
      );
    }
    const isNew = await dependencies.storeUnknownEvent(event, redaction.payload(bytes, event.conversationId ?? ''));
    if (isNew)
      logger.info({ type: event.type, conversationId: event.conversationId }, 'a webhook of an unknown type is kept');
    return { status: 200, outcome: isNew ? 'stored' : 'duplicate' };
  }

  async function takeAudio(event: WebhookEvent, body: SpooledBody): Promise<WebhookAnswer> {
    const { conversationId } = event;
    const audio = body.scanned.fullAudio;
    if (dependencies.storeRecording === null)
      return recorded(event, 'ignored', 'Recordings of this source are not stored.');
    if (conversationId === null || audio === null)
      return recorded(event, 'failed', 'The event has no conversation, or no audio.');
    const agentId = body.scanned.agentId;
    const unwanted =
      whyNotOfAgent(event, agentId) ??
      (await whyUnwanted(conversationId, { ...scope, since: null }, agentId === null ? {} : { agent_id: agentId }));
    if (unwanted !== null) return recorded(event, 'ignored', unwanted);
    try {
      const stored = await dependencies.storeRecording(
        { ...event, conversationId },
        body.stretch(audio.start, audio.end),
        Math.ceil(((audio.end - audio.start) * 3) / 4),
      );
      if (stored === 'too_large') return recorded(event, 'ignored', 'The recording is larger than max_size_mb.');
      return { status: 200, outcome: stored === 'stored' ? 'landed' : stored === 'refused' ? 'ignored' : 'duplicate' };
    } catch (error) {
      // The source has it too: where recordings are stored, the workers fetch it.
      const { code, message } = describeFailure(error);
      if (code !== 'storage') throw error;
      logger.error({ conversationId, errorClass: code }, message);
      return recorded(event, 'failed', message);
    }
  }

  /**
   * Null: it is what the source exports. What only the list can judge is left to the list, unless that has shown the
   * conversation.
   */
  async function whyUnwanted(
    conversationId: string,
    wanted: PayloadScope,
    data: Readonly<Record<string, unknown>>,
  ): Promise<string | null> {
    const match = matchPayload(wanted, data);
    if (match.kind === 'matches') return null;
    if (match.kind === 'differs') return outOfScope(match.setting);
    if (await dependencies.isListed({ conversationId })) return null;
    return `Only the list can tell whether the conversation matches ${match.setting} of the source: the next sync exports it if it does.`;
  }

  /** The same where nothing is known but the agent and the time of the event, which is that of the call or later. */
  function whyNotOfAgent({ eventAt }: WebhookEvent, agentId: string | null): string | null {
    const { filters, since } = scope;
    if (filters.agent_id !== undefined && agentId !== null && agentId !== filters.agent_id)
      return outOfScope('agent_id');
    return since !== null && eventAt !== null && eventAt < since ? outOfScope('since') : null;
  }

  /** Whatever was acknowledged is kept, byte for byte after redaction, until somebody decides. */
  async function deadLetter(event: WebhookEvent, bytes: Buffer, problem: string): Promise<WebhookAnswer> {
    const body = evidenceOf(bytes);
    const message =
      body === null
        ? `${problem} Its body is not kept: it may hold what is to be redacted, in a place that nobody knows.`
        : `${problem} Its body is kept: voxport failures show <number> --payload shows it, and voxport failures retry reads it again after an update.`;
    const isNew = await dependencies.keepDeadWebhook(event, { message, body });
    if (isNew) logger.error({ type: event.type, conversationId: event.conversationId }, problem);
    return { status: 200, outcome: isNew ? 'failed' : 'duplicate' };
  }

  function evidenceOf(bytes: Buffer): Uint8Array | null {
    const envelope = dependencies.hasRedactionRules ? recordOf(parseJson(bytes)) : null;
    // Rules do not reach into a JSON text inside of the JSON.
    const isHidden = dependencies.hasRedactionRules && recordOf(envelope?.['data']) === null;
    return isHidden ? null : redaction.evidence(bytes);
  }

  async function recorded(event: WebhookEvent, state: 'ignored' | 'failed', message: string): Promise<WebhookAnswer> {
    const isNew = (await dependencies.recordWebhookEvent(event, { state, message })) !== null;
    if (isNew && state === 'failed') logger.error({ type: event.type, conversationId: event.conversationId }, message);
    return { status: 200, outcome: isNew ? state : 'duplicate' };
  }
}

function outOfScope(setting: string): string {
  return `The conversation is not one that the source exports: it differs from ${setting === 'since' ? 'its setting since' : `its filter ${setting}`}. It is not loaded.`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 200
    ? value.replaceAll('\u0000', '').toWellFormed()
    : null;
}

interface UsableEnvelope extends Envelope {
  readonly conversationId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly dataBytes: Uint8Array;
}

function isUnknown(type: string): boolean {
  return type !== 'post_call_transcription' && type !== 'call_initiation_failure';
}

function isUsable(envelope: Envelope): envelope is UsableEnvelope {
  return envelope.conversationId !== null && envelope.data !== null && envelope.dataBytes !== null;
}

function whatIsMissing({ data }: Envelope): string {
  return data === null
    ? 'The event has no object `data`, and no conversation beside its type.'
    : 'The event names no conversation: its `conversation_id` is missing, too long, or no printable text.';
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
