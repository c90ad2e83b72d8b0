import { sql } from 'kysely';
import { TerminalFailure } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { decodeBody } from '../raw/encoding.ts';

/** A conversation that is to be erased, with the generations of the detail requests that the queue may hold jobs of. */
export interface ErasedConversation {
  readonly conversationId: string;
  readonly generation: number;
  readonly recordingGeneration: number;
}

/** Whom an erasure means. */
export type ErasureSelector =
  | { readonly kind: 'conversation'; readonly conversationIds: readonly string[] }
  /** The id as it is, and as rules may have hashed it. */
  | { readonly kind: 'user'; readonly spellings: readonly string[] }
  /** The digits of the number, and what rules may have made of it. */
  | { readonly kind: 'phone'; readonly digits: string; readonly spellings: readonly string[] }
  | { readonly kind: 'before'; readonly before: Date };

/**
 * Finds what a selector means in one source: in the tables, the inventory and the raw store; a user or number also by
 * what a newer version has replaced. What has landed and is not loaded, or could not be loaded, and versions that are
 * not the newest are searched as text, because no row need tell of them. A conversation whose detail has not been
 * fetched tells nothing of its user: it is found by its id or its start only.
 */
export async function selectErased(
  executor: Executor,
  query: { sourceId: string; selector: ErasureSelector },
): Promise<ErasedConversation[]> {
  const { sourceId, selector } = query;
  const found = new Set([
    ...(await selectFromTables(executor, sourceId, selector)),
    ...(selector.kind === 'user' || selector.kind === 'phone'
      ? [...(await selectReplaced(executor, sourceId, selector)), ...(await searchUntold(executor, sourceId, selector))]
      : []),
  ]);
  const { rows } = await sql<ErasedConversation>`
    select id as "conversationId", coalesce(i.generation, 1) as generation, coalesce(r.generation, 1) as "recordingGeneration"
    from unnest(${[...found].toSorted()}::text[]) as id
    left join voxport_ops.inventory i on i.source_id = ${sourceId} and i.conversation_id = id
    left join voxport.recordings r on r.source_id = ${sourceId} and r.conversation_id = id
    order by id
  `.execute(executor);
  return rows;
}

async function selectFromTables(executor: Executor, sourceId: string, selector: ErasureSelector): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${idsOf(sourceId, selector)}`.execute(executor);
  return rows.map(({ id }) => id);
}

function idsOf(sourceId: string, selector: ErasureSelector) {
  switch (selector.kind) {
    case 'conversation':
      return sql`select id from unnest(${[...selector.conversationIds]}::text[]) as id`;
    case 'before': {
      const before = selector.before.toISOString();
      return sql`
        select conversation_id as id from voxport_ops.inventory where source_id = ${sourceId} and started_at < ${before}
        union select conversation_id from voxport.conversations where source_id = ${sourceId} and started_at < ${before}
        union select conversation_id from voxport.initiation_failures where source_id = ${sourceId} and occurred_at < ${before}
      `;
    }
    case 'user': {
      const ids = sql`any(${[...selector.spellings]}::text[])`;
      return sql`
        select conversation_id as id from voxport.conversations
        where source_id = ${sourceId} and (
          user_id = ${ids} or client_user_id = ${ids} or whatsapp_user_id = ${ids} or dynamic_variables->>'system__user_id' = ${ids})
        union select conversation_id from voxport.transcript_turns where source_id = ${sourceId} and user_identifier = ${ids}
      `;
    }
    case 'phone': {
      const isMeant = (value: ReturnType<typeof sql>) =>
        sql`(${value} = any(${[...selector.spellings]}::text[]) or regexp_replace(regexp_replace(${value}, '\\D', '', 'g'), '^00', '') = ${selector.digits})`;
      const places = [
        sql`external_number`,
        sql`whatsapp_user_id`,
        sql`phone_call->>'external_number'`,
        sql`whatsapp->'recipient'->>'phone'`,
        sql`sms->>'sms_user_phone_number'`,
        sql`dynamic_variables->>'system__caller_id'`,
      ];
      return sql`
        select conversation_id as id from voxport.conversations
        where source_id = ${sourceId} and (${sql.join(places.map(isMeant), sql` or `)})
        union select conversation_id from voxport.initiation_failures
        where source_id = ${sourceId} and exists (select from jsonb_each_text(details) as field where ${isMeant(sql`field.value`)})
      `;
    }
  }
}

/** Conversations that had the identity until a newer version came without it. */
async function selectReplaced(
  executor: Executor,
  sourceId: string,
  selector: Extract<ErasureSelector, { kind: 'user' | 'phone' }>,
): Promise<string[]> {
  const texts = selector.spellings.map((spelling) => `=${spelling}`);
  if (selector.kind === 'phone') texts.push(`#${selector.digits}`);
  const { rows } = await sql<{ id: string }>`
    select distinct conversation_id as id from voxport_ops.replaced_identities
    where source_id = ${sourceId}
      and identity_hash in (select voxport_ops.identity_hash(text) from unnest(${texts}::text[]) as text)
  `.execute(executor);
  return rows.map(({ id }) => id);
}

/** Payloads are searched so many at a time. */
const stretchSize = 50;

async function searchUntold(
  executor: Executor,
  sourceId: string,
  selector: Extract<ErasureSelector, { kind: 'user' | 'phone' }>,
): Promise<string[]> {
  const found: string[] = [];
  const pattern = patternOf(selector);
  for (let after = 0; ;) {
    const { rows } = await sql<{ payloadId: number; id: string; encoding: string; body: Buffer; sizeBytes: number }>`
      select payload_id as "payloadId", conversation_id as id, encoding, body, size_bytes as "sizeBytes"
      from voxport_raw.payloads p
      where source_id = ${sourceId} and payload_id > ${after} and (
        state <> 'loaded' or exists (
          select from voxport_raw.payloads newer
          where newer.source_id = p.source_id and newer.conversation_id = p.conversation_id and newer.payload_id <> p.payload_id
            and newer.observed_at >= p.observed_at
        ))
      order by payload_id limit ${stretchSize}
    `.execute(executor);
    for (const row of rows) {
      const text = await textOf(row);
      if (text !== null && pattern.test(text)) found.push(row.id);
    }
    const last = rows.at(-1);
    if (last === undefined) return found;
    after = last.payloadId;
  }
}

/** The text of a payload; null where its bytes are damaged: nobody can read who is named in them. */
async function textOf(stored: Parameters<typeof decodeBody>[0]): Promise<string | null> {
  try {
    return Buffer.from(await decodeBody(stored)).toString('utf8');
  } catch (error) {
    if (error instanceof TerminalFailure && error.code === 'damaged_payload') return null;
    throw error;
  }
}

/** What is looked for in the text of a payload, as JSON spells it and as a whole value. */
function patternOf(selector: Extract<ErasureSelector, { kind: 'user' | 'phone' }>): RegExp {
  const spelt = selector.spellings.map((text) => `"${regexText(JSON.stringify(text).slice(1, -1))}"`);
  const digits =
    selector.kind === 'phone' ? [`(?<!\\d)(?:00)?${selector.digits.split('').join('[\\s().-]*')}(?!\\d)`] : [];
  return new RegExp([...spelt, ...digits].join('|'), 'u');
}

/** A text as a regular expression that matches it, for JavaScript and for Postgres. */
export function regexText(text: string): string {
  return text.replaceAll(/[\^$\\.*+?()[\]{}|/]/gu, '\\$&');
}

/** Conversations of a source that are listed and whose detail has not come: nobody knows yet whose they are. */
export async function countUnknown(executor: Executor, sourceId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from voxport_ops.inventory where source_id = ${sourceId} and state = 'discovered'
  `.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Which of some ids a source knows anything of. */
export async function knownConversations(
  executor: Executor,
  query: { sourceId: string; conversationIds: readonly string[] },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from unnest(${[...query.conversationIds]}::text[]) as id
    where exists (select from voxport_ops.inventory where source_id = ${query.sourceId} and conversation_id = id)
       or exists (select from voxport_raw.payloads where source_id = ${query.sourceId} and conversation_id = id)
       or exists (select from voxport.conversations where source_id = ${query.sourceId} and conversation_id = id)
       or exists (select from voxport.initiation_failures where source_id = ${query.sourceId} and conversation_id = id)
       or voxport_ops.is_erased(${query.sourceId}, id)
  `.execute(executor);
  return rows.map((row) => row.id);
}
