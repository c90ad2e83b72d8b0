import { gunzipSync, gzipSync } from 'node:zlib';
import type { Document, Json } from './documents.ts';
import { mutateBytes, mutateValue, type Mutation } from './mutations.ts';
import type { Random } from './random.ts';
import { binaryOf, bytesOf, treeOf, write, type Tree } from './tree.ts';

/** A conversation of a round: what is served of it, and what would be served had nothing been done to it. */
export interface Case {
  readonly id: string;
  readonly startSecs: number;
  readonly document: Document;
  readonly row: Buffer;
  readonly detail: Buffer;
  readonly twinRow: Buffer;
  readonly twinDetail: Buffer;
  /** What was done to its detail, and to its row; none to a conversation that others must not touch. */
  readonly ofDetail: readonly Mutation[];
  readonly ofRow: readonly Mutation[];
}

/** A webhook of a round. */
export interface WebhookCase {
  readonly id: string;
  readonly body: Buffer;
  /** The body without the compression that a proxy put on it. */
  readonly plain: Buffer;
  readonly mutations: readonly Mutation[];
}

/** Of ten conversations: so many whose detail is mutated, and so many whose row is; nothing is done to the others. */
const detailShare = 0.72;
const rowShare = 0.14;

export function makeCases(random: Random, documents: readonly Document[], count: number, newestSecs: number): Case[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `conv_fuzz_${index}`;
    const startSecs = newestSecs - index * 7;
    const document = ownDocument(random.pick(documents), id, startSecs);
    const twin = { twinRow: bytesOf(treeOf(document.row)), twinDetail: bytesOf(treeOf(document.detail)) };
    const base = {
      id,
      startSecs,
      document,
      ...twin,
      row: twin.twinRow,
      detail: twin.twinDetail,
      ofDetail: [],
      ofRow: [],
    };
    const share = random.next();
    if (share < detailShare) {
      const { bytes, mutations } = mutate(random, treeOf(document.detail));
      return { ...base, detail: bytes, ofDetail: mutations };
    }
    if (share < detailShare + rowShare) {
      const tree = treeOf(document.row);
      const mutations = [mutateValue(random, tree, notInRows)];
      return { ...base, row: bytesOf(tree), ofRow: mutations };
    }
    return base;
  });
}

/**
 * A page whose rows nest deeper than Postgres or a parser take is a page that cannot be read: that is played with whole
 * pages.
 */
const notInRows: ReadonlySet<string> = new Set(['deep nesting']);

function mutate(random: Random, tree: Tree): { bytes: Buffer; mutations: Mutation[] } {
  if (random.chance(0.12)) {
    const { body, mutation } = mutateBytes(random, bytesOf(tree));
    return { bytes: body, mutations: [mutation] };
  }
  const times = random.chance(0.75) ? 1 : 2 + random.below(4);
  const mutations = Array.from({ length: times }, () => mutateValue(random, tree));
  return { bytes: bytesOf(tree), mutations };
}

function ownDocument({ row, detail }: Document, id: string, startSecs: number): Document {
  const metadata = { ...(detail['metadata'] as Json), start_time_unix_secs: startSecs };
  return {
    row: { ...row, conversation_id: id, start_time_unix_secs: startSecs },
    detail: { ...detail, conversation_id: id, metadata },
  };
}

export function makeWebhooks(
  random: Random,
  documents: readonly Document[],
  count: number,
  eventSecs: number,
): WebhookCase[] {
  const webhooks: WebhookCase[] = [];
  for (let index = 0; webhooks.length < count; index += 1) {
    const id = `conv_hook_${index}`;
    const { detail } = ownDocument(random.pick(documents), id, eventSecs - 60);
    const tree = envelopeOf(random, id, detail, eventSecs + index);
    const mutations: Mutation[] = [];
    if (random.chance(0.8)) mutations.push(mutateValue(random, tree));
    let plain = bytesOf(tree);
    if (random.chance(0.15)) {
      const changed = mutateBytes(random, plain);
      plain = changed.body;
      mutations.push(changed.mutation);
    }
    const isGzip = plain[0] === 0x1f && plain[1] === 0x8b;
    const body = random.chance(0.1) && !isGzip ? gzipSync(plain) : plain;
    webhooks.push({ id, body, plain: isGzip ? gunzipSync(plain) : plain, mutations });
    // Another body of the same event: what was acknowledged of it is kept too.
    if (random.chance(0.1) && !isGzip)
      webhooks.push({ id, ...same(Buffer.concat([plain, Buffer.from(' ')])), mutations });
  }
  return webhooks;
}

function same(body: Buffer): { body: Buffer; plain: Buffer } {
  return { body, plain: body };
}

/** The vendor's form, and those in which its webhooks have been met. */
function envelopeOf(random: Random, id: string, detail: Json, eventSecs: number): Tree {
  const agent = { agent_id: detail['agent_id'], conversation_id: id };
  const type = 'post_call_transcription';
  const form = random.below(10);
  if (form === 0)
    return treeOf({
      type: 'call_initiation_failure',
      event_timestamp: eventSecs,
      data: { ...agent, failure_reason: 'busy', metadata: { type: 'twilio', body: { CallSid: 'CA1', To: '+1' } } },
    });
  if (form === 1)
    return treeOf({ type: 'brand_new_type', event_timestamp: eventSecs, data: { ...agent, anything: [1, 2] } });
  if (form === 2) return treeOf({ type, event_timestamp: eventSecs, ...detail });
  if (form === 3) {
    const inner = treeOf(detail);
    mutateValue(random, inner, new Set(['bytes that are no UTF-8']));
    const text = Buffer.from(write(inner), 'latin1').toString('utf8');
    return {
      kind: 'object',
      members: [
        ...Object.entries({ type, event_timestamp: eventSecs }).map(([key, value]) => ({ key, value: treeOf(value) })),
        { key: 'data', value: { kind: 'leaf', text: binaryOf(JSON.stringify(text)) } },
      ],
    };
  }
  return treeOf({ type, event_timestamp: eventSecs, data: detail });
}
