/** A secret that is shorter would be found in innocent words; such a password is still cut out of a URL. */
const lengthMin = 8;

const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+@/gi;

/**
 * Makes the function that takes secrets out of a line, however they came into it: a library's error that quotes a
 * header, a URL in a message. Finds them as they are, as JSON writes them, and percent-encoded; and the password of any
 * URL, known or not.
 */
export function makeScrub(secrets: readonly string[]): (line: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= lengthMin)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const known = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  const pattern =
    known.length === 0
      ? null
      : new RegExp(known.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return function scrub(line) {
    const scrubbed = pattern === null ? line : line.replaceAll(pattern, '[redacted]');
    return scrubbed.includes('://') ? scrubbed.replaceAll(urlPassword, '$1[redacted]@') : scrubbed;
  };
}
