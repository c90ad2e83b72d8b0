import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { unnest, type BatchColumn } from './insert-from-unnest.ts';
import { decidesTranscript, type LoadItem, type LoadOptions, type LoadOutcome } from './load-item.ts';

/** What an observation may write. */
export interface Admission {
  readonly outcome: LoadOutcome;
  /** It is the newest, and differs: it writes the conversation's own columns and its analysis. */
  readonly writesConversation: boolean;
  /** It is the newest that speaks about the transcript, and differs: it writes the turns and what hangs on them. */
  readonly writesTranscript: boolean;
  /** It has no transcript, and one of an older observation is kept. */
  readonly keepsTranscript: boolean;
  /** A transcript is remembered, of this observation or another. */
  readonly hasTranscript: boolean;
  /** When the conversation was found to be gone, unless this observation came later; ISO 8601. */
  readonly deletedAt: string | null;
}

type AdmissionRow = Omit<Admission, 'keepsTranscript'>;

/**
 * Decides, and remembers in `voxport_ops.loaded_conversations`, what each observation may write; the row's lock is held
 * to the end of the transaction, so the writes that follow need no second thought. The conversations of `items` differ
 * and are sorted by key: two loaders lock in the same order.
 *
 * The guard is inside the statement: under a race it sees the row that the other loader committed. Observations are
 * ordered by time, then mapping version, then content, payload and origin, so that even two of the same moment end the
 * same way in any order. Everything remembered is a maximum over the observations seen, never a count or a difference:
 * that is what makes order and repetition irrelevant.
 *
 * The decision is returned by way of columns (`last_…`), because `returning` cannot show the old row before
 * PostgreSQL 18.
 */
export async function admitObservations(
  executor: Executor,
  items: readonly LoadItem[],
  options: LoadOptions,
): Promise<Admission[]> {
  const decides = items.map((item) => decidesTranscript(item, options));
  const reload = sql.lit(options.reload === true);
  const { rows } = await sql<AdmissionRow>`
    insert into voxport_ops.loaded_conversations as known
      (source_id, conversation_id, observed_at, origin, mapping_version, content_hash, payload_sha256,
       transcript_observed_at, transcript_mapping_version, transcript_content_hash,
       last_outcome, last_wrote_conversation, last_wrote_transcript)
    select source_id, conversation_id, observed_at, origin, mapping_version, content_hash, payload_sha256,
           case when decides_transcript then observed_at end,
           case when decides_transcript then mapping_version end,
           case when decides_transcript then content_hash end,
           'inserted', true, decides_transcript
    from ${unnest(observationColumns(items, decides))}
    on conflict (source_id, conversation_id) do update set
      (observed_at, origin, mapping_version, content_hash, payload_sha256,
       transcript_observed_at, transcript_mapping_version, transcript_content_hash,
       last_outcome, last_wrote_conversation, last_wrote_transcript) = (
        select
          case when newer then excluded.observed_at else known.observed_at end,
          case when newer then excluded.origin else known.origin end,
          case when newer then excluded.mapping_version else known.mapping_version end,
          case when newer then excluded.content_hash else known.content_hash end,
          case when newer then excluded.payload_sha256 else known.payload_sha256 end,
          case when transcript_newer then excluded.transcript_observed_at else known.transcript_observed_at end,
          case when transcript_newer then excluded.transcript_mapping_version else known.transcript_mapping_version end,
          case when transcript_newer then excluded.transcript_content_hash else known.transcript_content_hash end,
          case when first then 'inserted'
               when writes_conversation or writes_transcript then 'updated'
               when newer or same then 'unchanged'
               else 'older' end,
          writes_conversation,
          writes_transcript
        from (
          select *,
            newer and (content_differs or returned or ${reload}) as writes_conversation,
            transcript_newer and (transcript_differs or ${reload}) as writes_transcript
          from (
            select
              known.observed_at is null as first,
              known.observed_at is null or rank.incoming > rank.stored
                or ${reload} and (excluded.observed_at, excluded.mapping_version) = (known.observed_at, known.mapping_version) as newer,
              rank.incoming = rank.stored as same,
              known.content_hash is distinct from excluded.content_hash as content_differs,
              -- It was gone, and this is a later sight of it.
              coalesce(known.gone_at >= known.observed_at and known.gone_at < excluded.observed_at, false) as returned,
              excluded.transcript_observed_at is not null and (
                known.transcript_observed_at is null or rank.incoming_transcript > rank.stored_transcript
                or ${reload} and (excluded.transcript_observed_at, excluded.transcript_mapping_version)
                  = (known.transcript_observed_at, known.transcript_mapping_version)) as transcript_newer,
              known.transcript_content_hash is distinct from excluded.transcript_content_hash as transcript_differs
            from (
              select
                row (excluded.observed_at, excluded.mapping_version, excluded.content_hash, excluded.payload_sha256, excluded.origin) as incoming,
                row (known.observed_at, known.mapping_version, known.content_hash, known.payload_sha256, known.origin) as stored,
                row (excluded.transcript_observed_at, excluded.transcript_mapping_version, excluded.transcript_content_hash) as incoming_transcript,
                row (known.transcript_observed_at, known.transcript_mapping_version, known.transcript_content_hash) as stored_transcript
            ) rank
          ) compared
        ) decided
      )
    returning
      last_outcome as outcome, last_wrote_conversation as "writesConversation", last_wrote_transcript as "writesTranscript",
      transcript_observed_at is not null as "hasTranscript",
      case when gone_at >= observed_at then to_char(gone_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end as "deletedAt"
  `.execute(executor);
  // An insert returns its rows in the order of its input, updated ones included.
  return rows.map((admission, index) => ({
    ...admission,
    keepsTranscript: admission.hasTranscript && decides[index] !== true,
  }));
}

function observationColumns(items: readonly LoadItem[], decides: readonly boolean[]): BatchColumn[] {
  return [
    { name: 'source_id', type: 'text', values: items.map(({ rows }) => rows.conversation.source_id) },
    { name: 'conversation_id', type: 'text', values: items.map(({ rows }) => rows.conversation.conversation_id) },
    { name: 'observed_at', type: 'timestamptz', values: items.map((item) => item.observedAt) },
    { name: 'origin', type: 'text', values: items.map((item) => item.origin) },
    { name: 'mapping_version', type: 'integer', values: items.map((item) => item.mappingVersion) },
    { name: 'content_hash', type: 'bytea', values: items.map((item) => item.contentHash) },
    { name: 'payload_sha256', type: 'bytea', values: items.map((item) => item.payloadSha256) },
    { name: 'decides_transcript', type: 'boolean', values: decides },
  ];
}
