const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Parses JSON text in UTF-8; a byte order mark in front is passed over. Throws `SyntaxError`. */
export function parseJson(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown;
}

/** The same bytes without a byte order mark (which is no part of JSON, though some servers send one). */
export function withoutByteOrderMark(body: Uint8Array): Uint8Array {
  return byteOrderMark.every((byte, index) => body[index] === byte) ? body.subarray(3) : body;
}
