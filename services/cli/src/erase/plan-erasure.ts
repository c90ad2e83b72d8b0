import { makeRedaction, type Redaction } from '@voxport/domain';
import { redactHash, type Config, type RedactSettings } from '@voxport/runtime';
import {
  knownConversations,
  selectErased,
  type Database,
  type ErasedConversation,
  type ErasureSelector,
  type KnownSource,
} from '@voxport/warehouse';
import { UsageError } from '../usage-error.ts';

/** Whom an erasure means, as the command line says it. */
export type Whom =
  | { readonly kind: 'conversation'; readonly conversationIds: readonly string[] }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'phone'; readonly number: string }
  | { readonly kind: 'before'; readonly before: Date };

/** What is to be erased in one source. */
export interface PlannedSource extends KnownSource {
  readonly selector: ErasureSelector;
  readonly conversations: readonly ErasedConversation[];
}

/** Digits that a telephone number has at least: fewer would fit too many. */
const phoneDigitsMin = 6;

/** What is hashed for the audit: the same person asked for in another spelling gives the same text. */
export function selectorText(whom: Whom): string {
  switch (whom.kind) {
    case 'conversation':
      return whom.conversationIds.toSorted().join('\n');
    case 'user':
      return whom.userId;
    case 'phone':
      return phoneDigits(whom.number);
    case 'before':
      return whom.before.toISOString();
  }
}

/**
 * Finds the conversations of each source. A rule that masks or drops what is searched for is told to `note`: nothing
 * can be found by it.
 */
export async function planErasure(options: {
  readonly database: Database;
  readonly sources: readonly KnownSource[];
  readonly config: Config;
  readonly whom: Whom;
  readonly note: (text: string) => void;
}): Promise<PlannedSource[]> {
  const { database, sources, config, whom, note } = options;
  const planned: PlannedSource[] = [];
  for (const source of sources) {
    const redact = config.sources.find(({ sourceId }) => sourceId === source.sourceId)?.redact ?? {
      rules: [],
      key: null,
    };
    const selector = selectorFor(whom, source.sourceId, redact);
    warnOfLostSearch(whom, source.sourceId, redact, note);
    const conversations = await selectErased(database.kysely, { sourceId: source.sourceId, selector });
    planned.push({ ...source, selector, conversations });
  }
  return whom.kind === 'conversation' ? atHome(database, planned) : planned;
}

/**
 * An id belongs to the sources that know it; one that none knows gets a tombstone in all, so that it is not taken in
 * later.
 */
async function atHome(database: Database, planned: readonly PlannedSource[]): Promise<PlannedSource[]> {
  const knownBy = new Map<string, Set<string>>();
  for (const { sourceId, conversations } of planned) {
    const conversationIds = conversations.map(({ conversationId }) => conversationId);
    for (const id of await knownConversations(database.kysely, { sourceId, conversationIds }))
      knownBy.set(id, (knownBy.get(id) ?? new Set()).add(sourceId));
  }
  return planned.map((source) => ({
    ...source,
    conversations: source.conversations.filter(
      ({ conversationId }) => knownBy.get(conversationId)?.has(source.sourceId) ?? true,
    ),
  }));
}

function selectorFor(whom: Whom, sourceId: string, redact: RedactSettings): ErasureSelector {
  switch (whom.kind) {
    case 'conversation':
    case 'before':
      return whom;
    case 'user':
      return { kind: 'user', spellings: spellings(whom.userId, redactionOf(sourceId, redact)) };
    case 'phone': {
      const digits = phoneDigits(whom.number);
      return { kind: 'phone', digits, spellings: spellings(whom.number, redactionOf(sourceId, redact)) };
    }
  }
}

function redactionOf(sourceId: string, redact: RedactSettings): Redaction {
  if (redact.key === null && redact.rules.some(({ action }) => action === 'hash')) {
    throw new UsageError(
      `source "${sourceId}" hashes what it stores, and the key that redact.key_env or redact.key_file names cannot be had: without it nobody can be found`,
    );
  }
  return makeRedaction({ rules: redact.rules, hash: redactHash(redact) });
}

function spellings(value: string, redaction: Redaction): string[] {
  const hashed = redaction.hashed(value);
  return hashed === null ? [value] : [value, hashed];
}

function phoneDigits(number: string): string {
  const digits = number.replaceAll(/\D/gu, '').replace(/^00/u, '');
  if (digits.length < phoneDigitsMin)
    throw new UsageError(`--phone takes a whole number with its country code, such as +41795550123`);
  return digits;
}

function warnOfLostSearch(whom: Whom, sourceId: string, { rules }: RedactSettings, note: (text: string) => void): void {
  if (whom.kind !== 'user' && whom.kind !== 'phone') return;
  const group = whom.kind === 'user' ? 'user_ids' : 'phone_numbers';
  const rule = rules.find(({ fields }) => fields.includes(group));
  if (rule?.action !== 'mask' && rule?.action !== 'drop') return;
  note(
    `${sourceId}: its rules ${rule.action} ${group}, so what was stored under them cannot be found by ${whom.kind}: name the conversations.`,
  );
}
