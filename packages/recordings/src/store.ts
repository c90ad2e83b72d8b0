/** A recording on its way into a store. */
export interface IncomingRecording {
  readonly sourceId: string;
  readonly conversationId: string;
  /** The type that the source gives it, without parameters, e.g. `audio/mpeg`. */
  readonly contentType: string;
  /** The bytes as they come; read once. What it throws ends the storing, and is thrown on as it is. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A recording that is stored: whole, and durable. */
export interface StoredRecording {
  /** `<source>/<shard>/<conversation>.<extension>` below the directory, or `s3://bucket/key`. */
  readonly location: string;
  readonly sizeBytes: number;
  /** Of all its bytes, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Keeps recordings. Every function throws a TransientFailure (`storage`) that names the place and what to do where the
 * place cannot be used, and the signal's reason once that is aborted.
 */
export interface RecordingStore {
  /** The place in words, for messages: the directory, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Writes something small and removes it: whether the place works is better known before a download than after it. */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Stores a recording without ever holding it in memory. Under its final name it is whole or not there; storing a
   * conversation's recording again replaces it in one step.
   */
  put(recording: IncomingRecording, signal: AbortSignal): Promise<StoredRecording>;
  /** Removes what is stored at a location; one that is not there is removed already. */
  remove(location: string, signal: AbortSignal): Promise<void>;
  close(): void;
}
