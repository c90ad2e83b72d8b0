import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { tellableToken } from '../request/foreign-words.ts';
import { headerOf } from '../request/header.ts';
import type { StreamedAnswer } from '../request/open-stream.ts';
import { parseJson } from '../request/parse-json.ts';
import type { Asked } from '../request/status-failure.ts';
import { conversationPath } from './conversation-path.ts';
import type { DialectAdapter } from './dialect-adapter.ts';

/** A recording that is being downloaded. It holds a connection until it is read to its end, or disposed of. */
export interface Recording extends Disposable {
  /** The bytes as they come; read once. Throws failures, and the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * In lower case and without parameters, e.g. `audio/mpeg`; `application/octet-stream` where the source tells none.
   */
  readonly contentType: string;
  /** Bytes to come, where the source tells. Fewer end in a failure. */
  readonly contentLength: number | null;
}

/**
 * Types of an answer that may well be a recording; every other one is looked into for an error that came with a 200.
 */
const mediaTypes = /^(?:audio|video)\/|^(?:application|binary)\/octet-stream$/u;
/** Of an answer that is no recording this much is read. */
const otherBytesMax = 256 * 1024;

/**
 * Makes the function that asks for one conversation's recording, `GET …/{id}/audio` in both dialects. Throws what
 * `openStream` throws (a 404 is a TerminalFailure `not_found`), and a TransientFailure `malformed_response` for a 200
 * that is no recording: JSON, HTML, nothing at all.
 */
export function makeGetRecording(parts: {
  openStream: (path: string, asked: Asked, signal: AbortSignal) => Promise<StreamedAnswer>;
  words: DialectAdapter;
  basePath: string;
  sourceId: string;
  recordingBytesMax: number;
}) {
  const { openStream, words, basePath, sourceId, recordingBytesMax } = parts;

  return async function getRecording(conversationId: string, signal: AbortSignal): Promise<Recording> {
    const subject = `the recording of conversation ${conversationId}`;
    const path = `${conversationPath(basePath, words, conversationId)}/audio`;
    const answer = await openStream(path, { endpoint: 'audio', subject, hasCursor: false }, signal);
    const malformed = (what: string): TransientFailure =>
      new TransientFailure('malformed_response', `Source "${sourceId}": asked for ${subject}, but ${what}.`, {
        status: 200,
      });
    const tooLarge = (bytes: number): TerminalFailure =>
      new TerminalFailure(
        'malformed_response',
        `Source "${sourceId}": ${subject} has ${bytes} bytes or more, allowed are ${recordingBytesMax}. Raise audio.max_size_mb of the source if such recordings are real.`,
        { status: 200 },
      );

    async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
      let bytes = 0;
      for await (const piece of answer.pieces) {
        if (bytes === 0 && looksLikeText(piece))
          throw malformed('the answer is a text, whatever its content-type says');
        bytes += piece.byteLength;
        if (bytes > recordingBytesMax) throw tooLarge(bytes);
        yield piece;
      }
      if (bytes === 0) throw malformed('the answer is empty');
    }

    try {
      const contentType =
        headerOf(answer.headers, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream';
      if (!mediaTypes.test(contentType)) throw await otherAnswer(answer, contentType);
      const declared = headerOf(answer.headers, 'content-length');
      const contentLength =
        declared === null || headerOf(answer.headers, 'content-encoding') !== null ? null : Number(declared);
      if (contentLength !== null && contentLength > recordingBytesMax) throw tooLarge(contentLength);
      return { body: body(), contentType, contentLength, [Symbol.dispose]: () => answer.close() };
    } catch (error) {
      answer.close();
      throw error;
    }

    async function otherAnswer(from: StreamedAnswer, contentType: string): Promise<Error> {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const piece of from.pieces) {
        chunks.push(piece);
        bytes += piece.byteLength;
        if (bytes > otherBytesMax) break;
      }
      const embedded = embeddedError(Buffer.concat(chunks));
      if (embedded !== null) return from.failWith(embedded.status, embedded.error);
      return malformed(`the answer is no recording, it is ${tellableToken(contentType)} (${bytes} bytes)`);
    }
  };

  function embeddedError(body: Uint8Array): ReturnType<DialectAdapter['readEmbeddedError']> {
    try {
      return words.readEmbeddedError(parseJson(body));
    } catch {
      return null;
    }
  }
}

/** So many bytes without a control character are a text; of sound that holds none, there is not so much. */
const textBytes = 256;

/**
 * JSON begins with a brace, HTML with an angle bracket. So may raw samples (`audio/basic`), but those have bytes that
 * no text has.
 */
function looksLikeText(piece: Uint8Array): boolean {
  const beginning = Buffer.from(piece.subarray(0, textBytes));
  const isPrintable = beginning.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  return isPrintable && ['{', '<'].includes(beginning.toString('latin1').trimStart().charAt(0));
}
