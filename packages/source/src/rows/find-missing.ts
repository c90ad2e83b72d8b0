import { isObject } from './values.ts';

/**
 * What a detail in the ElevenLabs model lacks of what every conversation has; null where it is whole. What is no object
 * at all is left to the loader, which keeps it with the reason.
 */
export function findMissing(json: unknown): string | null {
  if (!isObject(json)) return null;
  const missing = [
    typeof json['status'] === 'string' ? [] : ['status'],
    Array.isArray(json['transcript']) ? [] : ['transcript'],
    isObject(json['metadata']) ? [] : ['metadata'],
  ].flat();
  return missing.length === 0 ? null : `no ${missing.join(' and no ')}`;
}

/**
 * How many turns the transcript has; null where there is none to count, or where the source says that it has removed
 * it.
 */
export function countTurns(json: unknown): number | null {
  if (!isObject(json) || !Array.isArray(json['transcript'])) return null;
  const metadata = isObject(json['metadata']) ? json['metadata'] : {};
  const deletion = isObject(metadata['deletion_settings']) ? metadata['deletion_settings'] : {};
  const removedAt = deletion['deleted_transcript_at_time_unix_secs'] ?? deletion['deleted_logs_at_time_unix_secs'];
  const isRemoved = (removedAt ?? null) !== null || (json['hiding_reason'] ?? null) !== null;
  return isRemoved ? null : json['transcript'].length;
}
