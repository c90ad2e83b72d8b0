const strict = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();
/** A byte that is no UTF-8 stands as a lone low surrogate, which no UTF-8 can spell. */
const escapedByte = 0xdc00;

/**
 * The text of bytes that should be UTF-8. Bytes that are not stay as lone surrogates (U+DC80 to U+DCFF), so that
 * `bytesOfText` gives the very same bytes: what is changed in a text must not change what stands beside it. A byte
 * order mark is left out.
 */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return textOfBrokenBytes(bytes);
  }
}

/** The bytes of a text that `textOfBytes` gave. Other lone surrogates become U+FFFD. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let from = 0;
  let at = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code >= escapedByte + 0x80 && code <= escapedByte + 0xff) {
      parts.push(encoder.encode(text.slice(from, at)), Uint8Array.of(code - escapedByte));
      from = at + 1;
    }
    at += char.length;
  }
  parts.push(encoder.encode(text.slice(from)));
  return Buffer.concat(parts);
}

function textOfBrokenBytes(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let at = from;
  const flush = (): void => {
    if (at > from) parts.push(strict.decode(bytes.subarray(from, at)));
  };
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    flush();
    parts.push(String.fromCharCode(escapedByte + bytes[at]!));
    at += 1;
    from = at;
  }
  flush();
  return parts.join('');
}

/** How many bytes the character at a position takes; 0 where none begins. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  for (let index = 1; index < length; index += 1) if ((bytes[at + index]! & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  // Spelt longer than need be, half of a surrogate pair, or beyond U+10FFFF.
  const isRefused =
    (first === 0xe0 && second < 0xa0) ||
    (first === 0xed && second > 0x9f) ||
    (first === 0xf0 && second < 0x90) ||
    (first === 0xf4 && second > 0x8f);
  return isRefused ? 0 : length;
}
