import { bytesOfText, textOfBytes } from '../text-of-bytes.ts';
import { isDistinctive, phoneDigits, redactEchoes, type Identifier } from './echoes.ts';
import { fieldGroups, variablePatterns, type FieldPattern } from './field-groups.ts';
import { readString } from './json-tokens.ts';
import { makeMatcher, type MatchState, type RulePattern } from './match.ts';
import { parsePath, type Step } from './path.ts';
import { mayHoldHeaders } from './headers-key.ts';
import { redactHeaders, redactHeadersOfBroken } from './redact-headers.ts';
import { redactJson } from './redact-json.ts';
import { placeholder, type RedactionGroup, type RedactionRule } from './rules.ts';

/** A configured redaction. All functions are pure; redacting twice is redacting once. */
export interface Redaction {
  /**
   * A conversation's payload as it may be stored: JSON text in UTF-8. The very same bytes come back when nothing in
   * them is redacted; else everything that is not redacted stays as it was spelt. Throws a SyntaxError for what is no
   * JSON text where rules apply: nothing can be redacted in it, so it must not be stored. Without rules the caller has
   * to know that it is JSON.
   */
  readonly payload: (body: Uint8Array, conversationId: string) => Uint8Array;
  /** A row of a list, as it may be stored. */
  readonly row: (row: Readonly<Record<string, unknown>>, conversationId: string) => Readonly<Record<string, unknown>>;
  /** An answer that could not be used, as far as it may be kept; null when it may not. */
  readonly evidence: (body: Uint8Array) => Uint8Array | null;
  /** What a value looks like where a rule hashed it; null where no rule hashes. */
  readonly hashed: (value: string) => string | null;
}

/** Keys by which a payload is known to be the conversation's: no rule reaches them. */
const protectedPaths = [
  'conversation_id',
  'id',
  'data.conversation_id',
  'data.id',
  'data[].conversation_id',
  'data[].id',
];
const noRules: readonly RedactionRule[] = [{ action: 'keep', fields: [], variables: [], paths: protectedPaths }];
/** A list row repeats some fields of the payload, without the object that holds them there. */
const listedParts: ReadonlySet<string> = new Set(['analysis', 'metadata']);
const hashedText = /^hmac:[0-9a-f]{32}$/u;

/**
 * Makes a redaction from rules. `hash` is a keyed digest in hex (32 digits are used); null when no key is configured,
 * and then no rule may hash. Headers are redacted without any rule. Telephone numbers are digested by their digits, so
 * that `+41 79 …` and `4179…` stay one number. Throws a RangeError for a path that is none, or a rule that hashes
 * without a key: the configuration is checked before.
 */
export function makeRedaction(options: {
  readonly rules: readonly RedactionRule[];
  readonly hash: ((text: string) => string) | null;
}): Redaction {
  const rules = [...noRules, ...options.rules];
  if (options.hash === null && rules.some(({ action }) => action === 'hash'))
    throw new RangeError('A rule hashes, and there is no key.');
  const { detail, listed } = matchersOf(rules);
  const rulesOf = (group: RedactionGroup): ReadonlySet<number> =>
    new Set(rules.flatMap(({ fields }, index) => (fields.includes(group) ? [index] : [])));
  const [phoneRules, userIdRules] = [rulesOf('phone_numbers'), rulesOf('user_ids')];

  /**
   * Whether the same value elsewhere is to be redacted too: numbers and ids by their group, addresses and numbers by
   * their looks.
   */
  function isIdentifier(value: string, rule: number): boolean {
    return phoneRules.has(rule) || userIdRules.has(rule) || /^(?:[^\s@]+@[^\s@]+|\+\d[\d\s().-]+)$/u.test(value);
  }

  function hashed(value: string): string | null {
    if (options.hash === null) return null;
    return hashedText.test(value) ? value : `hmac:${options.hash(phoneDigits(value) ?? value).slice(0, 32)}`;
  }

  /** The new spelling of a single value; null to leave it. Empty texts and nulls tell nothing of anybody. */
  function newValue(value: string, isText: boolean, rule: number): string | null | undefined {
    switch (rules[rule]!.action) {
      case 'keep':
        return undefined;
      case 'drop':
        return null;
      case 'mask':
        return isText ? placeholder : null;
      case 'hash':
        return hashed(value);
    }
  }

  function redactText(text: string, start: MatchState, conversationId: string | null): string {
    const identifiers = new Map<string, Identifier>();
    const redacted = redactJson(text, start, {
      isDrop: (rule) => rule !== -1 && rules[rule]!.action === 'drop',
      redactToken(token, rule) {
        if (token === 'null' || token === '""') return null;
        const isText = token.startsWith('"');
        const value = isText ? readString(token) : token;
        if (value === placeholder) return null;
        const by = newValue(value, isText, rule);
        if (by === undefined) return null;
        if (isIdentifier(value, rule) && isDistinctive(value) && !hashedText.test(value) && value !== conversationId)
          identifiers.set(value, { by, isPhone: phoneRules.has(rule) || value.startsWith('+') });
        return by === null ? 'null' : JSON.stringify(by);
      },
    });
    return redactEchoes(redacted, identifiers, conversationId);
  }

  function redactHeadersValue(value: string): string {
    const key = '{"headers":';
    return redactText(`${key}${value}}`, detail, null).slice(key.length, -1);
  }

  return {
    hashed,
    payload(body, conversationId) {
      const text = textOfBytes(body);
      // Most sources have no rules, and most payloads no headers.
      if (options.rules.length === 0 && !mayHoldHeaders(text)) return body;
      const quickly = options.rules.length === 0 ? redactHeaders(text, redactHeadersValue) : null;
      // A walk over what is no JSON could pass by something. Whoever fetched the text has parsed it already, and pays
      // here for safety only.
      if (quickly === null) JSON.parse(text);
      const redacted = quickly ?? redactText(text, detail, conversationId);
      return redacted === text ? body : bytesOfText(redacted);
    },
    row(row, conversationId) {
      const text = JSON.stringify(row);
      const redacted = redactText(text, listed, conversationId);
      return redacted === text ? row : (JSON.parse(redacted) as Readonly<Record<string, unknown>>);
    },
    evidence(body) {
      const text = textOfBytes(body);
      try {
        JSON.parse(text);
      } catch {
        // HTML of a front end is worth keeping, half a payload is not where rules would apply in it.
        if (options.rules.length > 0) return null;
        const cut = redactHeadersOfBroken(text);
        return cut === text ? body : bytesOfText(cut);
      }
      const redacted = redactText(text, detail, null);
      return redacted === text ? body : bytesOfText(redacted);
    },
  };
}

function matchersOf(rules: readonly RedactionRule[]): { detail: MatchState; listed: MatchState } {
  const detail: RulePattern[] = [];
  const listed: RulePattern[] = [];
  for (const [rule, { fields, variables, paths }] of rules.entries()) {
    const named = [...fields.flatMap((field) => fieldGroups[field]), ...variables.flatMap(variablePatterns)];
    for (const pattern of named) {
      detail.push({ ...pattern, rule });
      listed.push({ ...pattern, rule });
    }
    for (const path of paths) {
      const steps = stepsOf(path);
      for (const spelling of detailSpellings(steps)) detail.push({ ...spelling, rule });
      for (const spelling of listedSpellings(steps)) listed.push({ ...spelling, rule });
    }
  }
  return { detail: makeMatcher(detail), listed: makeMatcher(listed) };
}

function stepsOf(path: string): readonly Step[] {
  const steps = parsePath(path);
  if (typeof steps === 'string') throw new RangeError(`The path "${path}" cannot be read: ${steps}.`);
  return steps;
}

/** A path counts from the conversation, which a proxy and a webhook wrap in `data`. */
function detailSpellings(steps: readonly Step[]): FieldPattern[] {
  return [steps, [{ kind: 'key', key: 'data' } as const, ...steps]].map((spelling) => ({
    steps: spelling,
    isScalar: false,
  }));
}

function listedSpellings(steps: readonly Step[]): FieldPattern[] {
  const [first, ...rest] = steps;
  const isPart = first?.kind === 'key' && listedParts.has(first.key) && rest.length > 0;
  return [steps, ...(isPart ? [rest] : [])].map((spelling) => ({ steps: spelling, isScalar: false }));
}
