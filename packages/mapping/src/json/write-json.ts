import { isHeaderName, isHeadersKey, placeholder } from '@voxport/domain';
import { jsonDepthMax } from './depth.ts';
import { isRawJson } from './raw-json.ts';
import { isStorable, toStorable } from './storable.ts';

/** What the writer had to change so that Postgres stores the text. */
export interface JsonChanges {
  /** Texts or keys with U+0000 or a lone surrogate. */
  unstorable: boolean;
  /** A subtree below the depth limit, written as null. */
  tooDeep: boolean;
  /** A number that numeric does not hold, written as null. */
  outOfRange: boolean;
}

export interface WrittenJson {
  readonly text: string;
  readonly changes: Readonly<JsonChanges>;
}

interface Frame {
  readonly container: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly keys: readonly string[] | null;
  readonly redaction: Redaction;
  next: number;
}

/**
 * `headers`: this container's values are header values. `header item`: an object that holds one header's name and
 * value.
 */
type Redaction = 'none' | 'headers' | 'header item';

const redacted = JSON.stringify(placeholder);
const numericLengthMax = 1_000;

/**
 * JSON text that Postgres takes as jsonb, written without recursion: unstorable characters replaced, depth bounded,
 * digits of `RawJson` numbers kept. With `redactsHeaders`, the value of every header below a `…headers` key is replaced
 * by "[redacted]".
 */
export function writeJson(root: unknown, options: { redactsHeaders: boolean }): WrittenJson {
  const changes: JsonChanges = { unstorable: false, tooDeep: false, outOfRange: false };
  const parts: string[] = [];
  const frames: Frame[] = [];

  function open(value: unknown, redaction: Redaction): void {
    if (typeof value !== 'object' || value === null || isRawJson(value)) parts.push(scalar(value, changes));
    else if (frames.length >= jsonDepthMax) {
      changes.tooDeep = true;
      parts.push('null');
    } else if (Array.isArray(value)) {
      parts.push('[');
      frames.push({ container: value, keys: null, redaction, next: 0 });
    } else {
      parts.push('{');
      frames.push({ container: value as Record<string, unknown>, keys: Object.keys(value), redaction, next: 0 });
    }
  }

  open(root, 'none');
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const index = frame.next;
    frame.next += 1;
    if (index >= (frame.keys ?? (frame.container as readonly unknown[])).length) {
      parts.push(frame.keys === null ? ']' : '}');
      frames.pop();
      continue;
    }
    if (index > 0) parts.push(',');
    if (frame.keys === null) {
      const item = (frame.container as readonly unknown[])[index];
      if (frame.redaction === 'none') open(item, 'none');
      else if (isContainer(item)) open(item, 'header item');
      else parts.push(redacted);
      continue;
    }
    const key = frame.keys[index] as string;
    const value = (frame.container as Readonly<Record<string, unknown>>)[key];
    parts.push(scalar(key, changes), ':');
    if (frame.redaction === 'headers' || (frame.redaction === 'header item' && !isHeaderName(key)))
      parts.push(redacted);
    else if (!options.redactsHeaders || !isHeadersKey(key) || value === null) open(value, 'none');
    else if (isContainer(value)) open(value, 'headers');
    else parts.push(redacted);
  }
  return { text: parts.join(''), changes };
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRawJson(value);
}

function scalar(value: unknown, changes: JsonChanges): string {
  if (typeof value === 'string') {
    if (isStorable(value)) return JSON.stringify(value);
    changes.unstorable = true;
    return JSON.stringify(toStorable(value));
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return lost(changes);
  if (typeof value === 'object' && value !== null && isRawJson(value)) {
    return isNumeric(value.rawJSON) ? value.rawJSON : lost(changes);
  }
  return JSON.stringify(value) ?? 'null';
}

function isNumeric(text: string): boolean {
  const exponent = /[eE]([+-]?\d+)$/.exec(text)?.[1];
  return text.length <= numericLengthMax && (exponent === undefined || Math.abs(Number(exponent)) <= numericLengthMax);
}

function lost(changes: JsonChanges): string {
  changes.outOfRange = true;
  return 'null';
}
