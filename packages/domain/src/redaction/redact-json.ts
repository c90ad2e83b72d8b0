import { nextToken, readString, scalarEnd, stringEnd, valueEnd } from './json-tokens.ts';
import { updatesKey } from './field-groups.ts';
import { isHeaderName, isHeadersKey, mayHoldHeaders } from './headers-key.ts';
import type { MatchState } from './match.ts';
import { normalKey } from './normal-key.ts';
import { placeholder } from './rules.ts';

/** Where a value stands with respect to headers: their values are secrets, whatever the rules say. */
type HeaderPlace = 'none' | 'headers' | 'item';

interface Frame {
  readonly isList: boolean;
  readonly state: MatchState;
  readonly headers: HeaderPlace;
  /** The items are changes of variables. */
  readonly holdsUpdates: boolean;
}

/** Decides the new token of a single value that the rule concerns; null to leave it. */
export type RedactToken = (token: string, rule: number) => string | null;

/** Embedded JSON (a text that is JSON again, such as the parameters of a tool) is looked into this deep. */
const embeddedDepthMax = 5;
const placeholderToken = JSON.stringify(placeholder);

/**
 * Redacts valid JSON text: single values that a rule concerns go through `redactToken`, a container that is dropped as
 * a whole becomes null (`isDrop`), and every value below a key that ends in `headers` becomes a placeholder. Texts that
 * are JSON themselves are looked into. The very same text comes back when nothing applies. Never recursive but for
 * embedded texts: depth costs nothing.
 */
export function redactJson(
  text: string,
  start: MatchState,
  parts: { readonly redactToken: RedactToken; readonly isDrop: (rule: number) => boolean },
  embeddedDepth = 0,
): string {
  const changed: string[] = [];
  let copied = 0;
  const frames: Frame[] = [];

  function replace(from: number, to: number, by: string): number {
    if (text.slice(from, to) !== by) {
      changed.push(text.slice(copied, from), by);
      copied = to;
    }
    return to;
  }

  /** Takes a value; returns where to continue. Opens a frame for a container that must be looked into. */
  function value(at: number, state: MatchState, headers: HeaderPlace, holdsUpdates: boolean): number {
    const char = text[at];
    if (char === '{' || char === '[') {
      if (parts.isDrop(state.rule) && !state.mayImprove) return replace(at, valueEnd(text, at), 'null');
      const isList = char === '[';
      frames.push({
        isList,
        state: holdsUpdates && !isList ? updateState(at, state) : state,
        headers,
        holdsUpdates: holdsUpdates && isList,
      });
      return at + 1;
    }
    if (headers !== 'none') return replaceUnlessNull(at);
    const to = char === '"' ? stringEnd(text, at) : scalarEnd(text, at);
    const token = text.slice(at, to);
    const by = (state.scalarRule === -1 ? null : parts.redactToken(token, state.scalarRule)) ?? embedded(token, state);
    return by === null ? to : replace(at, to, by);
  }

  function listItem(at: number, frame: Frame): number {
    if (frame.headers === 'none') return value(at, frame.state.step(null), 'none', frame.holdsUpdates);
    if (text[at] !== '{') return replaceUnlessNull(at);
    frames.push({ isList: false, state: frame.state, headers: 'item', holdsUpdates: false });
    return at + 1;
  }

  function replaceUnlessNull(at: number): number {
    const to = valueEnd(text, at);
    return text.slice(at, to) === 'null' ? to : replace(at, to, placeholderToken);
  }

  function updateState(at: number, state: MatchState): MatchState {
    const update = JSON.parse(text.slice(at, valueEnd(text, at))) as Readonly<Record<string, unknown>>;
    const name = Object.entries(update).find(([key]) => normalKey(key) === 'variablename')?.[1];
    return typeof name === 'string' ? state.label(name) : state;
  }

  function embedded(token: string, state: MatchState): string | null {
    if (embeddedDepth >= embeddedDepthMax || !/^"\s*(?:\\[nrt]\s*)*[{[]/u.test(token)) return null;
    if (!state.isOpen && !mayHoldHeaders(token)) return null;
    const inner = readString(token);
    try {
      JSON.parse(inner);
    } catch {
      return null;
    }
    const redacted = redactJson(inner, state, parts, embeddedDepth + 1);
    return redacted === inner ? null : JSON.stringify(redacted);
  }

  function member(at: number, frame: Frame): number {
    const keyEnd = stringEnd(text, at);
    const key = readString(text.slice(at, keyEnd));
    const valueAt = nextToken(text, keyEnd);
    const isName = frame.headers === 'item' && isHeaderName(key);
    if (isName) return valueEnd(text, valueAt);
    if (frame.headers !== 'none') return replaceUnlessNull(valueAt);
    return value(valueAt, frame.state.step(key), isHeadersKey(key) ? 'headers' : 'none', isUpdatesKey(key));
  }

  let at = value(nextToken(text, 0), start, 'none', false);
  while (frames.length > 0 && at < text.length) {
    at = nextToken(text, at);
    const char = text[at];
    const frame = frames.at(-1)!;
    if (char === '}' || char === ']') {
      frames.pop();
      at += 1;
    } else at = frame.isList ? listItem(at, frame) : member(at, frame);
  }
  if (changed.length === 0) return text;
  changed.push(text.slice(copied));
  return changed.join('');
}

const normalUpdatesKey = normalKey(updatesKey);

function isUpdatesKey(key: string): boolean {
  return key.length >= normalUpdatesKey.length && normalKey(key) === normalUpdatesKey;
}
