/** The whole call took longer than `totalMs`. */
export class TotalTimeoutError extends Error {
  override readonly name = 'TotalTimeoutError';
}

/** The body, as sent or as decoded, is larger than `responseBytesMax`. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
}

/** The body came whole but cannot be decoded: a broken gzip, an encoding that was not asked for. */
export class UndecodableBodyError extends Error {
  override readonly name = 'UndecodableBodyError';
}
