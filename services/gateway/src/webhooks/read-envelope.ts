import { memberText, recordOf } from '@voxport/domain';

/** An event, read. */
export interface Envelope {
  readonly type: string;
  readonly eventAt: Date | null;
  readonly conversationId: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  /** The bytes of `data`, as they are spelt. */
  readonly dataBytes: Uint8Array | null;
}

/** Reads an envelope `{type, event_timestamp, data}`; null for what is no JSON object with a type. */
export function readEnvelope(body: Buffer): Envelope | null {
  const text = new TextDecoder().decode(body);
  const parsed = recordOf(parseJson(text));
  const type = parsed?.['type'];
  if (parsed === null || typeof type !== 'string' || type === '') return null;
  const data = recordOf(parsed['data']);
  const dataText = data === null ? null : memberText(text, 'data');
  return {
    type,
    eventAt: eventTime(parsed['event_timestamp']),
    conversationId: conversationIdOf(data?.['conversation_id']),
    data,
    dataBytes: dataText === null ? null : new TextEncoder().encode(dataText),
  };
}

/** `event_timestamp`: Unix seconds. Null for what is none. */
export function eventTime(value: unknown): Date | null {
  const secs = typeof value === 'number' ? value : Number.NaN;
  return secs > 0 && secs < 1e11 ? new Date(secs * 1000) : null;
}

/** An id that can be one: short, printable text. */
export function conversationIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\x21-\x7e]{1,200}$/u.test(value) ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
