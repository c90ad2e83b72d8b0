const notBase64 = /[^A-Za-z0-9+/=_-]/gu;

/**
 * Decodes base64 text as it passes: a recording is never held whole. What JSON escapes (`\/`) and line breaks are
 * passed over.
 */
export async function* decodeBase64(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const chunk of text) {
    const clean = rest + chunk.toString('latin1').replaceAll(notBase64, '');
    const whole = clean.length - (clean.length % 4);
    rest = clean.slice(whole);
    if (whole > 0) yield Buffer.from(clean.slice(0, whole), 'base64');
  }
  if (rest !== '') yield Buffer.from(rest, 'base64');
}
