import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { bytesOfText, memberText, readTime, recordOf, textOfBytes, withoutMembers } from '@voxport/domain';

/** An event, read as far as it can be. */
export interface Envelope {
  readonly type: string;
  readonly eventAt: Date | null;
  readonly conversationId: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  /** The bytes of `data`, as they are spelt. */
  readonly dataBytes: Uint8Array | null;
}

/** Keys of an envelope whose fields stand inline, that are none of the conversation's. */
const ownKeys: ReadonlySet<string> = new Set(['type', 'event_timestamp', 'data']);
const decompress = promisify(gunzip);

/**
 * The bytes of a body that came compressed, by its first bytes: a proxy may compress without saying so. Those of any
 * other body are returned as they are, and those that cannot be decompressed, or to more than `bytesMax`, too: then
 * they are no JSON.
 */
export async function decodeWebhookBody(body: Buffer, bytesMax: number): Promise<Buffer> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return await decompress(body, { maxOutputLength: bytesMax });
  } catch {
    return body;
  }
}

/**
 * Reads an envelope `{type, event_timestamp, data}`; null for what is no JSON object with a type. Where `data` is JSON
 * text it is parsed, and where there is none but the conversation's fields stand beside the type, the envelope itself
 * is the data.
 */
export function readEnvelope(body: Buffer): Envelope | null {
  const text = textOfBytes(body);
  const parsed = recordOf(parseJson(text));
  const type = parsed?.['type'];
  if (parsed === null || typeof type !== 'string' || type === '') return null;
  const { data, dataText } = readData(parsed, text);
  return {
    type,
    eventAt: readTime(parsed['event_timestamp']),
    conversationId: conversationIdOf(data?.['conversation_id']),
    data,
    dataBytes: dataText === null ? null : bytesOfText(dataText),
  };
}

function readData(
  parsed: Readonly<Record<string, unknown>>,
  text: string,
): { data: Readonly<Record<string, unknown>> | null; dataText: string | null } {
  const given = parsed['data'];
  const data = recordOf(given);
  if (data !== null) return { data, dataText: memberText(text, 'data') };
  if (typeof given === 'string') {
    const inner = recordOf(parseJson(given));
    return { data: inner, dataText: inner === null ? null : given };
  }
  const hasNoData = given === undefined || given === null;
  if (!hasNoData || parsed['conversation_id'] === undefined) return { data: null, dataText: null };
  const inline = Object.fromEntries(Object.entries(parsed).filter(([key]) => !ownKeys.has(key)));
  return { data: inline, dataText: withoutMembers(text, ownKeys) };
}

/** An id that can be one: short, printable text, or a whole number. */
export function conversationIdOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  return typeof value === 'string' && /^[\x21-\x7e]{1,200}$/u.test(value) ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
