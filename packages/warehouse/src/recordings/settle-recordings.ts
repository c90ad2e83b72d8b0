import { sql } from 'kysely';
import type { FailureCode } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { storableText } from '../storable-text.ts';

interface RecordingRequest {
  readonly sourceId: string;
  readonly conversationId: string;
  readonly generation: number;
}

/** A wanted recording, as the job that fetches it needs it. */
export interface RecordingToFetch {
  /** Where an older recording of the conversation is stored; null for nowhere. */
  readonly location: string | null;
  /** False where the source does not say whether it has a recording at all. */
  readonly isPromised: boolean;
}

/**
 * Reads a wanted recording; null when the recording request is fulfilled, given up, put off or replaced by a newer one,
 * or when the conversation is erased.
 */
export async function readRecordingToFetch(
  executor: Executor,
  request: RecordingRequest,
): Promise<RecordingToFetch | null> {
  const { rows } = await sql<RecordingToFetch>`
    select r.location, coalesce(c.has_audio, false) as "isPromised"
    from voxport.recordings r join voxport.conversations c using (source_id, conversation_id)
    where r.source_id = ${request.sourceId} and r.conversation_id = ${request.conversationId} and r.generation = ${request.generation}
      and r.state = 'pending' and r.next_attempt_at <= now()
  `.execute(executor);
  return rows[0] ?? null;
}

/**
 * Notes that a recording is stored. False when it is no longer wanted: its conversation was erased meanwhile, or a
 * newer recording request took its place.
 */
export async function markRecordingStored(
  executor: Executor,
  stored: RecordingRequest & { location: string; contentType: string; sizeBytes: number; sha256: string },
): Promise<boolean> {
  const { rows } = await sql`
    update voxport.recordings
    set state = 'stored', stored_at = case when sha256 = ${stored.sha256} and location = ${stored.location} then stored_at else now() end,
        location = ${stored.location}, content_type = ${stored.contentType}, size_bytes = ${stored.sizeBytes}, sha256 = ${stored.sha256},
        tried_at = now(), next_attempt_at = null, queued_at = null, last_error_class = null, last_error = null
    where source_id = ${stored.sourceId} and conversation_id = ${stored.conversationId} and generation = ${stored.generation} and state = 'pending'
    returning 1
  `.execute(executor);
  return rows.length > 0;
}

/** Whether a location belongs to a recording that is there, or is being fetched again. */
export async function isRecordingLocation(
  executor: Executor,
  recording: { sourceId: string; conversationId: string; location: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport.recordings
    where source_id = ${recording.sourceId} and conversation_id = ${recording.conversationId} and location = ${recording.location}
  `.execute(executor);
  return rows.length > 0;
}

/**
 * Puts a wanted recording off after an attempt in vain: by the delay (in seconds) that stands for this attempt, or for
 * good, as `givenUpAs`, when there is none left. An older recording that is stored stays `stored` then.
 * @returns the state that it has now; null when it is no longer wanted.
 */
export async function postponeRecording(
  executor: Executor,
  attempt: RecordingRequest & {
    delaysSecs: readonly number[];
    givenUpAs: 'absent' | 'failed';
    code: FailureCode;
    message: string;
  },
): Promise<'pending' | 'absent' | 'failed' | 'stored' | null> {
  const { rows } = await sql<{ state: 'pending' | 'absent' | 'failed' | 'stored' }>`
    update voxport.recordings r
    set state = case when delay_secs is not null then 'pending' when location is not null then 'stored' else ${attempt.givenUpAs} end,
        next_attempt_at = now() + delay_secs * interval '1 second',
        attempts = attempts + 1, tried_at = now(), queued_at = null,
        last_error_class = ${attempt.code}, last_error = ${storableText(attempt.message)}
    from (
      select source_id, conversation_id, (${[...attempt.delaysSecs]}::float8[])[attempts + 1] as delay_secs
      from voxport.recordings
      where source_id = ${attempt.sourceId} and conversation_id = ${attempt.conversationId} and generation = ${attempt.generation} and state = 'pending'
      for update
    ) tried
    where r.source_id = tried.source_id and r.conversation_id = tried.conversation_id
    returning r.state
  `.execute(executor);
  return rows[0]?.state ?? null;
}
