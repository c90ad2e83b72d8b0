import { sql } from 'kysely';
import { isDistinctive } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { regexText, type ErasureSelector } from './select-erased.ts';

/**
 * Tables whose texts may name somebody who is not theirs: a reason, an alert, a notice to be sent, a failure that
 * quotes, a filter by user.
 */
const mentioning = [
  'sources',
  'alerts',
  'alert_deliveries',
  'failures',
  'runs',
  'windows',
  'webhook_events',
  'verifications',
] as const;
/** What is no text of anybody's: names that other rows are found by, and the vendor's cursor of a listing under way. */
const untouched = ['source_id', 'conversation_id', 'state', 'kind', 'cursor', 'fingerprint', 'type', 'stage'] as const;
const mark = '[erased]';
/** Inside of a JSON text's string, as Postgres writes it. */
const inString = String.raw`(?:[^"\\]|\\.)*`;

/**
 * What is looked for, as regular expressions of Postgres: anywhere in a text, and in a JSON text from quote to quote.
 */
interface Mention {
  readonly inText: string | null;
  readonly inJson: string;
}

/**
 * Erases the texts of `voxport_ops` that mention conversations: whole, for what else they say may be of the same call.
 * Their columns are asked of the catalogue, so that a new one is none that is forgotten. Returns how many rows it
 * changed.
 */
export async function eraseMentions(transaction: Executor, conversationIds: readonly string[]): Promise<number> {
  if (conversationIds.length === 0) return 0;
  const ids = `(?:${conversationIds.map(regexText).join('|')})`;
  const changed = await replaceMentions(transaction, { inText: ids, inJson: `"${inString}${ids}${inString}"` }, null);
  // A key that was never seen before may be an id; a mark in its place would be the same row for all of them.
  const { numAffectedRows } = await sql`
    delete from voxport_ops.schema_drift where path ~ ${ids} or seen ~ ${ids}
  `.execute(transaction);
  return changed + Number(numAffectedRows ?? 0n);
}

/**
 * Erases what mentions a user or a number in a source's rows that belong to no call: runs and windows filtered by them,
 * and reasons.
 */
export async function eraseIdentityMentions(
  executor: Executor,
  { sourceId, selector }: { sourceId: string; selector: ErasureSelector },
): Promise<number> {
  if (selector.kind !== 'user' && selector.kind !== 'phone') return 0;
  const exact = selector.spellings.map((text) => regexText(JSON.stringify(text)));
  // A user id such as `12` stands in any text by chance.
  const words = selector.spellings
    .filter(isDistinctive)
    .map((text) => `(?<![[:alnum:]_])${regexText(text)}(?![[:alnum:]_])`);
  const digits =
    selector.kind === 'phone'
      ? [String.raw`(?<!\d)(?:00)?${selector.digits.split('').join(String.raw`[\s().-]*`)}(?!\d)`]
      : [];
  const somewhere = [...words, ...digits].join('|');
  return replaceMentions(
    executor,
    {
      inText: somewhere === '' ? null : somewhere,
      inJson: [...exact, ...(somewhere === '' ? [] : [`"${inString}(?:${somewhere})${inString}"`])].join('|'),
    },
    sourceId,
  );
}

interface MentioningTable {
  readonly name: string;
  readonly hasSource: boolean;
  readonly columns: readonly { readonly name: string; readonly isJson: boolean }[];
}

async function replaceMentions(executor: Executor, mention: Mention, sourceId: string | null): Promise<number> {
  const { rows } = await sql<MentioningTable>`
    select c.relname as name, bool_or(a.attname = 'source_id') as "hasSource",
           jsonb_agg(jsonb_build_object('name', a.attname, 'isJson', a.atttypid = 'jsonb'::regtype) order by a.attnum)
             filter (where not a.attname = any(${[...untouched]}::text[])) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = 'voxport_ops' and c.relname = any(${[...mentioning]}::text[]) and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
    group by c.relname order by c.relname
  `.execute(executor);
  // A row by its filters: a mark in their place would be the same row for all, and what was listed of an erased person
  // covers nothing.
  const { numAffectedRows: uncovered } = await sql`
    delete from voxport_ops.coverage
    where filters::text ~ ${mention.inJson} and (${sourceId}::text is null or source_id = ${sourceId})
  `.execute(executor);
  let changed = Number(uncovered ?? 0n);
  for (const { name, hasSource, columns: all } of rows) {
    const columns = all.filter(({ isJson }) => isJson || mention.inText !== null);
    if (columns.length === 0) continue;
    const mentions = columns.map(({ name: column, isJson }) =>
      isJson
        ? sql`coalesce(${sql.id(column)}::text ~ ${mention.inJson}, false)`
        : sql`coalesce(${sql.id(column)} ~ ${mention.inText}, false)`,
    );
    const replaced = columns.map(({ name: column, isJson }) =>
      isJson
        ? sql`${sql.id(column)} = regexp_replace(${sql.id(column)}::text, ${mention.inJson}, ${`"${mark}"`}, 'g')::jsonb`
        : sql`${sql.id(column)} = case when ${sql.id(column)} ~ ${mention.inText} then ${mark} else ${sql.id(column)} end`,
    );
    const ofSource = sourceId !== null && hasSource ? sql`(source_id = ${sourceId} or source_id is null) and` : sql``;
    const { numAffectedRows } = await sql`
      update ${sql.table(`voxport_ops.${name}`)} set ${sql.join(replaced)}
      where ${ofSource} (${sql.join(mentions, sql` or `)})
    `.execute(executor);
    changed += Number(numAffectedRows ?? 0n);
  }
  return changed;
}
