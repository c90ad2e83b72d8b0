import type { ProxyFields } from '../conversations.ts';
import type { JsonRecord, Reading } from '../read/reading.ts';
import { isRecord, list, record } from '../read/record.ts';
import { text } from '../read/text.ts';
import { isoSecs, unixSecs } from '../read/time.ts';
import { successResults } from '../vocabularies.ts';
import { costUsd } from './cost.ts';
import { durationSecs } from './duration.ts';

/** A proxy's conversation in the ElevenLabs model's terms, so that the same builders make its rows. */
export interface Normalised {
  readonly detail: JsonRecord;
  readonly listed: JsonRecord;
  readonly saidSecs: readonly (number | null)[] | null;
  readonly proxy: ProxyFields;
}

/** What only the proxy's model has; the rest of a row or a detail passes as the ElevenLabs model. */
const ownKeys = [
  'id',
  'message',
  'time_in_call_secs',
  'date',
  'duration',
  'cost',
  'outcome',
  'created_at',
  'summary',
] as const;
const sharedKeys = ['transcript', 'metadata'] as const;

/**
 * Reads a detail and its list row, which the proxy gives the same shape: what the detail lacks comes from the list row.
 * Fields in the ElevenLabs model's own terms win over the proxy's.
 */
export function normalise(reading: Reading, detail: JsonRecord, listed: JsonRecord): Normalised {
  const own: Record<string, unknown> = {};
  for (const key of [...ownKeys, ...sharedKeys]) own[key] = detail[key] ?? listed[key];
  const {
    duration: metadataDuration,
    call_quality: quality,
    summary: metadataSummary,
    ...metadata
  } = record(reading, own['metadata'], 'metadata') ?? {};

  const startedSecs =
    isoSecs(reading, own['created_at'], 'created_at') ??
    isoSecs(reading, own['date'], 'date') ??
    unixSecs(reading, metadata['start_time_unix_secs'], 'metadata.start_time_unix_secs');
  const duration =
    durationSecs(reading, metadataDuration, 'metadata.duration') ?? durationSecs(reading, own['duration'], 'duration');
  const summary = text(reading, metadataSummary, 'metadata.summary') ?? text(reading, own['summary'], 'summary');
  const outcome = text(reading, own['outcome'], 'outcome');
  const analysis = record(reading, detail['analysis'], 'analysis') ?? {};
  const { transcript, saidSecs } = normaliseTranscript(reading, own['transcript'], startedSecs);
  return {
    detail: {
      ...withoutOwn(detail),
      transcript,
      metadata: {
        ...metadata,
        start_time_unix_secs: metadata['start_time_unix_secs'] ?? startedSecs,
        call_duration_secs: metadata['call_duration_secs'] ?? duration,
      },
      analysis: {
        ...analysis,
        transcript_summary: analysis['transcript_summary'] ?? summary,
        // The outcome is a success result where it uses those words; another vocabulary stays in its own column.
        call_successful: analysis['call_successful'] ?? (successResults.has(outcome ?? '') ? outcome : null),
      },
    },
    listed: withoutOwn(listed),
    saidSecs,
    proxy: {
      costUsd: costUsd(reading, own['cost']),
      callQuality: text(reading, quality, 'metadata.call_quality'),
      outcome,
      rest: restOf(own),
    },
  };
}

function withoutOwn(value: JsonRecord): JsonRecord {
  const rest: Record<string, unknown> = { ...value };
  for (const key of ownKeys) delete rest[key];
  for (const key of sharedKeys) delete rest[key];
  return rest;
}

function restOf(own: JsonRecord): JsonRecord | null {
  const rest: Record<string, unknown> = {};
  for (const key of ['message', 'time_in_call_secs', 'date', 'duration', 'cost'] as const) {
    if (own[key] !== null && own[key] !== undefined) rest[key] = own[key];
  }
  return Object.keys(rest).length === 0 ? null : rest;
}

function normaliseTranscript(
  reading: Reading,
  value: unknown,
  startedSecs: number | null,
): Pick<Normalised, 'saidSecs'> & { transcript: unknown } {
  const items = list(reading, value, 'transcript');
  if (items === null) return { transcript: null, saidSecs: null };
  const saidSecs: (number | null)[] = [];
  const transcript = items.map((item) => {
    const saidAt = isRecord(reading, item) ? isoSecs(reading, item['timestamp'], 'transcript[].timestamp') : null;
    saidSecs.push(saidAt);
    if (!isRecord(reading, item)) return item;
    const { content, timestamp: _timestamp, ...turn } = item;
    const elapsedSecs = saidAt === null || startedSecs === null ? null : saidAt - startedSecs;
    return {
      ...turn,
      message: turn['message'] ?? text(reading, content, 'transcript[].content'),
      time_in_call_secs: turn['time_in_call_secs'] ?? elapsedSecs,
    };
  });
  return { transcript, saidSecs };
}
