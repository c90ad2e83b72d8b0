/**
 * Every secret that a configuration holds, wherever it stands in it: keys, tokens, receivers' URLs, and the passwords
 * in URLs. For whoever writes text that must not hold one.
 */
export function secretsOf(config: unknown): string[] {
  const found = new Set<string>();
  collect(config, found);
  return [...found];
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    const password = passwordOf(value);
    if (password !== null) found.add(password).add(decodeURIComponent(password));
    return;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  if ('reveal' in value && typeof value.reveal === 'function') {
    const revealed: unknown = value.reveal();
    if (typeof revealed === 'string') {
      found.add(revealed);
      collect(revealed, found);
    }
    return;
  }
  for (const part of Object.values(value)) collect(part, found);
}

function passwordOf(text: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { password } = new URL(text);
  return password === '' ? null : password;
}
