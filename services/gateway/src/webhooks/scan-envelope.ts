import { readTime } from '@voxport/domain';

/** A text value of an envelope: itself where it is short, and where its bytes lie between the quotes. */
export interface ScannedText {
  /** Null where it is longer than `textMax`. */
  readonly text: string | null;
  readonly start: number;
  readonly end: number;
}

/** What an envelope says, found in its bytes as they pass. */
export interface ScannedEnvelope {
  readonly type: string | null;
  readonly eventAt: Date | null;
  readonly conversationId: string | null;
  readonly agentId: string | null;
  readonly fullAudio: ScannedText | null;
}

/** Longer texts are only located. */
const textMax = 512;
const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket, colon, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c];

/**
 * Makes a scanner of envelopes `{type, event_timestamp, data: {conversation_id, full_audio, …}}` that are too large to
 * be held: it is given the bytes as they pass, and keeps the short values of the two upper levels. The keys may stand
 * in any order.
 */
export function makeEnvelopeScanner() {
  /** Keys on the way to where the scan stands; null in a list, and where a key is too long to be one of ours. */
  const path: (string | null)[] = [];
  const isObject: boolean[] = [];
  let depth = 0;
  let offset = 0;
  let isInText = false;
  let isEscaped = false;
  let awaitsKey = false;
  let textStart = 0;
  let captured: Buffer[] = [];
  let capturedBytes = 0;
  let scalar = '';
  const top = new Map<string, ScannedText>();
  const data = new Map<string, ScannedText>();

  const isWanted = (): boolean => depth === 1 || (depth === 2 && path[0] === 'data');

  function capture(bytes: Uint8Array): void {
    if (!isWanted() || capturedBytes > textMax) return;
    const kept = bytes.subarray(0, textMax + 1 - capturedBytes);
    captured.push(Buffer.from(kept));
    capturedBytes += kept.length;
  }

  function endText(end: number): void {
    isInText = false;
    if (!isWanted()) return;
    const text = capturedBytes > textMax ? null : unescaped(Buffer.concat(captured).toString('utf8'));
    if (awaitsKey) {
      path[depth - 1] = text;
      awaitsKey = false;
      return;
    }
    keep({ text, start: textStart, end });
  }

  function keep(value: ScannedText): void {
    const key = path[depth - 1];
    if (key === null || key === undefined) return;
    if (depth === 1) top.set(key, value);
    else if (depth === 2 && path[0] === 'data') data.set(key, value);
  }

  function endScalar(): void {
    if (scalar !== '' && isWanted() && !awaitsKey) keep({ text: scalar, start: 0, end: 0 });
    scalar = '';
  }

  function structure(byte: number): void {
    switch (byte) {
      case openBrace:
      case openBracket:
        depth += 1;
        path[depth - 1] = null;
        isObject[depth - 1] = byte === openBrace;
        awaitsKey = byte === openBrace;
        break;
      case closeBrace:
      case closeBracket:
        endScalar();
        path.length = Math.max(0, depth - 1);
        depth -= 1;
        awaitsKey = false;
        break;
      case comma:
        endScalar();
        awaitsKey = isObject[depth - 1] === true;
        break;
      case colon:
        break;
      default:
        if (byte > 0x20 && scalar.length < 64 && isWanted()) scalar += String.fromCharCode(byte);
    }
  }

  return {
    push(chunk: Buffer): void {
      for (let at = 0; at < chunk.length;) {
        if (!isInText) {
          const byte = chunk[at]!;
          at += 1;
          if (byte === quote) {
            isInText = true;
            isEscaped = false;
            textStart = offset + at;
            captured = [];
            capturedBytes = 0;
          } else structure(byte);
          continue;
        }
        if (isEscaped) {
          capture(chunk.subarray(at, at + 1));
          isEscaped = false;
          at += 1;
          continue;
        }
        // A recording is one text of millions of bytes: the search for its end is the native one.
        const end = nextOf(chunk, at);
        capture(chunk.subarray(at, end));
        at = end;
        if (at === chunk.length) continue;
        if (chunk[at] === backslash) {
          capture(chunk.subarray(at, at + 1));
          isEscaped = true;
        } else endText(offset + at);
        at += 1;
      }
      offset += chunk.length;
    },
    result(): ScannedEnvelope {
      return {
        type: top.get('type')?.text ?? null,
        eventAt: readTime(top.get('event_timestamp')?.text),
        conversationId: data.get('conversation_id')?.text ?? null,
        agentId: data.get('agent_id')?.text ?? null,
        fullAudio: data.get('full_audio') ?? null,
      };
    },
  };
}

/** The next quote or backslash; the chunk's end where there is none. */
function nextOf(chunk: Buffer, at: number): number {
  const nextQuote = chunk.indexOf(quote, at);
  const end = nextQuote === -1 ? chunk.length : nextQuote;
  const slash = chunk.subarray(at, end).indexOf(backslash);
  return slash === -1 ? end : at + slash;
}

function unescaped(text: string): string | null {
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return null;
  }
}
