import { idText, makeRandom, mix, type Random } from '../random.ts';
import { analysisOf } from './analysis.ts';
import { chargingOf } from './charging.ts';
import { reachedTurnsOf, type Outline } from './outline.ts';
import { writeDialogue } from './turns.ts';
import type { Analysis, BatchCall, Charging, PhoneCall, Turn } from './types.ts';
import type { World } from './world.ts';

/** The delivery of an asynchronous conversation to the system it came from. */
export interface AsyncDelivery {
  readonly status: 'pending' | 'success' | 'failed';
  readonly atUnixSecs: number;
  readonly error: string | null;
  readonly system: string;
  readonly externalId: string;
  readonly retryCount: number;
}

/** All facts of a call: what the wire forms and the warehouse's rows are both made from, apart from each other. */
export interface Call {
  readonly outline: Outline;
  readonly turns: readonly Turn[];
  readonly analysis: Analysis | null;
  readonly charging: Charging | null;
  /** Billionths of a US dollar; null on calls from before the field existed. */
  readonly costNanoUsd: number | null;
  readonly costCredits: number | null;
  readonly acceptedUnixSecs: number | null;
  readonly queueWaitSecs: number | null;
  readonly authorizationMethod: string;
  readonly timeZone: string | null;
  readonly warnings: readonly string[];
  readonly phone: PhoneCall | null;
  readonly batch: BatchCall | null;
  readonly whatsapp: { readonly userId: string; readonly accountId: string; readonly phoneNumberId: string } | null;
  readonly sms: { readonly userNumber: string; readonly agentNumber: string; readonly phoneNumberId: string } | null;
  readonly delivery: AsyncDelivery | null;
  readonly zendeskTicketId: number | null;
  readonly ragUsageCount: number;
  readonly ragEmbeddingModel: string | null;
  readonly hasAudio: boolean;
  readonly hasUserAudio: boolean;
  readonly hasResponseAudio: boolean;
  readonly deletionTimeUnixSecs: number | null;
  readonly callerNumber: string | null;
  readonly overridesLanguage: boolean;
  readonly isOldShape: boolean;
}

const authorizationMethods = [
  'public',
  'signed_url',
  'authorization_header',
  'shareable_link',
  'livekit_token',
] as const;
const warnings = [
  'TTS fell back to another voice',
  'Knowledge base was not reachable',
  'Silence of more than 20 s',
] as const;

function phoneOf(random: Random, outline: Outline): PhoneCall | null {
  const { channel, agent } = outline;
  if (channel !== 'twilio' && channel !== 'sip_trunking' && channel !== 'exotel') return null;
  const suffix = idText(random.int(0, 2 ** 31), 24);
  return {
    provider: channel,
    direction: outline.direction ?? 'inbound',
    phoneNumberId: agent.phoneNumberId,
    agentNumber: agent.phoneNumber,
    externalNumber: `+4915${String(random.int(100_000_000, 999_999_999))}`,
    callSid: channel === 'sip_trunking' ? `SCL_${suffix}` : `CA${suffix}`,
    streamSid: channel === 'sip_trunking' ? null : `MZ${suffix}`,
    callResult: outline.callResult,
  };
}

function batchOf(random: Random, world: World, outline: Outline): BatchCall | null {
  if (!outline.isBatch) return null;
  const batch = Math.floor(outline.index / 500);
  return {
    batchCallId: `btcal_${idText(mix(world.seed, batch), 20)}`,
    recipientId: `rcpt_${idText(mix(world.seed + 1, outline.index), 16)}`,
    campaignId: random.chance(0.6) ? `camp_${idText(mix(world.seed + 2, batch), 12)}` : null,
    leadId: `lead_${random.int(1000, 9999)}`,
    coldAttempt: random.int(1, 3),
    conversationType: random.pick(['initial', 'retry', 'callback']),
  };
}

function deliveryOf(random: Random, outline: Outline): AsyncDelivery | null {
  if (outline.channel !== 'async') return null;
  const status = random.pick(['success', 'success', 'success', 'pending', 'failed'] as const);
  return {
    status,
    atUnixSecs: outline.startUnixSecs + outline.fullDurationSecs + random.int(1, 90),
    error: status === 'failed' ? 'The ticket was closed' : null,
    system: outline.initiationSource.replace('_integration', ''),
    externalId: String(random.int(10_000, 99_999)),
    retryCount: status === 'success' ? 0 : random.int(1, 4),
  };
}

/** Writes the whole call behind an outline. */
export function callOf(world: World, outline: Outline): Call {
  const random = makeRandom(mix(mix(world.seed, 0xb0), outline.index));
  const startMs = outline.startUnixSecs * 1000;
  const dialogue = writeDialogue(random, outline, startMs);
  const isOver = outline.phase === 'done' || outline.phase === 'failed';
  const turns = outline.isTranscriptBlank ? [] : dialogue.turns.slice(0, reachedTurnsOf(outline));
  const phone = phoneOf(random, outline);
  const charging = outline.hasCharging ? chargingOf(random, outline, dialogue) : null;
  const retrievals = turns.flatMap((turn) => (turn.retrieval === null ? [] : [turn.retrieval]));
  const hasSound = isOver && !outline.isTextOnly && outline.turnCount > 0 && !outline.isAudioDeleted;
  const queueWaitSecs = phone === null ? null : random.int(0, 30) / 10;
  const isRecent = random.chance(0.8);
  return {
    outline,
    turns,
    analysis: outline.hasAnalysis ? analysisOf(world, outline) : null,
    charging,
    costNanoUsd: charging !== null && isRecent ? charging.llmNanoUsd + charging.platformNanoUsd : null,
    costCredits: charging === null ? null : charging.llmCredits + charging.callCredits,
    acceptedUnixSecs:
      outline.callResult === null || outline.callResult === 'answered'
        ? outline.startUnixSecs + random.int(0, 2)
        : null,
    queueWaitSecs,
    authorizationMethod:
      outline.channel === 'whatsapp' || outline.channel === 'sms' ? outline.channel : random.pick(authorizationMethods),
    timeZone: random.chance(0.5)
      ? random.pick(['Europe/Berlin', 'Europe/London', 'America/New_York', 'Asia/Tokyo'])
      : null,
    warnings: random.chance(0.05) ? [random.pick(warnings)] : [],
    phone,
    batch: batchOf(random, world, outline),
    whatsapp:
      outline.channel === 'whatsapp'
        ? { userId: `wa_${idText(random.int(0, 1e9), 10)}`, accountId: 'waba_1907', phoneNumberId: 'wapn_22' }
        : null,
    sms:
      outline.channel === 'sms'
        ? {
            userNumber: `+4477${random.int(10_000_000, 99_999_999)}`,
            agentNumber: outline.agent.phoneNumber,
            phoneNumberId: outline.agent.phoneNumberId,
          }
        : null,
    delivery: deliveryOf(random, outline),
    zendeskTicketId: outline.initiationSource === 'zendesk_integration' && !isRecent ? random.int(1000, 99_999) : null,
    ragUsageCount: retrievals.length,
    ragEmbeddingModel: retrievals[0]?.embeddingModel ?? null,
    hasAudio: hasSound,
    hasUserAudio: hasSound,
    hasResponseAudio: hasSound && dialogue.generations.length > 0,
    deletionTimeUnixSecs: random.chance(0.3) ? outline.startUnixSecs + 730 * 86_400 : null,
    callerNumber: phone?.externalNumber ?? null,
    overridesLanguage: random.chance(0.2),
    isOldShape: outline.agent.isOldVersion,
  };
}
