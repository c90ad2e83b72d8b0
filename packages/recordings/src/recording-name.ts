import { createHash } from 'node:crypto';

/** The usual endings of the types that recordings come in. */
const extensions: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};

/** Longer names are refused by common file systems (255 bytes); the ending needs some of them. */
const nameLengthMax = 200;

/**
 * The name under which a conversation's recording is kept, `/` between its steps: `support/3f/conv_01.mp3`. It follows
 * from the conversation alone, so that the same recording twice is one object. The 256 shards keep directories small: a
 * million recordings are some four thousand in each. A date would do that too, but a call's start can be unknown, or be
 * corrected.
 */
export function recordingName(recording: { sourceId: string; conversationId: string; contentType: string }): string {
  const { sourceId, conversationId, contentType } = recording;
  const digest = createHash('sha256').update(conversationId).digest('hex');
  const encoded = encodeURIComponent(conversationId.toWellFormed()).replace(/^\./, '%2E');
  const name = encoded.length <= nameLengthMax ? encoded : `${encoded.slice(0, nameLengthMax - 65)}-${digest}`;
  return `${sourceId}/${digest.slice(0, 2)}/${name}.${extensions[contentType] ?? 'bin'}`;
}
