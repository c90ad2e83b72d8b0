import { TerminalFailure, type Dialect } from '@voxport/domain';
import { parseJson, type ParsedJson } from './json/parse-json.ts';
import { isRawJson } from './json/raw-json.ts';
import type { JsonRecord } from './read/reading.ts';
import { unwrapEnvelope } from './voiceable/envelope.ts';

/** A payload that is the conversation asked for. */
export interface Payload {
  readonly detail: JsonRecord;
  readonly parsed: ParsedJson;
  /** The bytes were not UTF-8 throughout. */
  readonly isBroken: boolean;
}

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/**
 * Parses a body and makes sure that it is the conversation asked for. Throws `TerminalFailure('unusable_payload')`,
 * with the body as evidence, where it is no JSON, no object, has no id, or another id.
 */
export function readPayload(body: Uint8Array, conversationId: string, dialect: Dialect): Payload {
  const { text, isBroken } = decode(body);
  let parsed: ParsedJson;
  try {
    parsed = parseJson(text);
  } catch (error) {
    throw unusable(`the payload of ${conversationId} is not JSON`, body, error);
  }
  const value = dialect === 'voiceable' ? unwrapEnvelope(parsed.value) : parsed.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawJson(value)) {
    throw unusable(`the payload of ${conversationId} is JSON, but not an object`, body);
  }
  const detail = value as JsonRecord;
  const received = idOf(detail, dialect);
  if (received === null) throw unusable(`the payload of ${conversationId} has no conversation id`, body);
  if (received !== conversationId) {
    throw unusable(`the payload of ${conversationId} is that of another conversation`, body);
  }
  return { detail, parsed, isBroken };
}

function decode(body: Uint8Array): { text: string; isBroken: boolean } {
  try {
    return { text: strict.decode(body), isBroken: false };
  } catch {
    return { text: lenient.decode(body), isBroken: true };
  }
}

function idOf(detail: JsonRecord, dialect: Dialect): string | null {
  const id = detail['conversation_id'] ?? (dialect === 'voiceable' ? detail['id'] : null);
  if (typeof id === 'string') return id;
  return typeof id === 'number' ? String(id) : isRawJson(id) ? id.rawJSON : null;
}

function unusable(message: string, body: Uint8Array, cause?: unknown): TerminalFailure {
  return new TerminalFailure('unusable_payload', message, { body, cause });
}
