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
    for (const password of passwordsOf(value)) found.add(password).add(decoded(password));
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

/**
 * As they stand in a URL: before its host, and as a parameter. Not by `URL`, which knows no address of several hosts.
 */
function passwordsOf(text: string): string[] {
  const [, user = '', query = ''] = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@)?[^?#]*(?:\?([^#]*))?/iu.exec(text) ?? [];
  const named = [...query.matchAll(/(?:^|&)[a-z_]*password=([^&]+)/giu)].map(([, password]) => password!);
  const separator = user.indexOf(':');
  const password = separator < 0 ? '' : user.slice(separator + 1);
  return password === '' ? named : [password, ...named];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
