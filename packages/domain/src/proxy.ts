/** By which proxies requests leave this machine. The URLs may hold credentials. */
export interface ProxySettings {
  /** For http:// addresses; null for none. */
  readonly httpProxy: string | null;
  /** For https:// addresses; null for none. */
  readonly httpsProxy: string | null;
  /** Hosts that are reached without one, as the environment has it: separated by commas or spaces; empty for none. */
  readonly noProxy: string;
}

/**
 * The proxy that an address is reached by, for words only: setting, scheme, host and port, never its credentials. Null
 * for none. The rules are those of undici's EnvHttpProxyAgent, which decides for the requests themselves.
 */
export function proxyOf(address: string, settings: ProxySettings | null): { setting: string; place: string } | null {
  if (settings === null) return null;
  const { protocol, hostname, port } = new URL(address);
  const isEncrypted = protocol === 'https:';
  const host = hostname.replaceAll(/^\[|\]$|\.$/gu, '').toLowerCase();
  const number = port === '' ? (isEncrypted ? 443 : 80) : Number(port);
  if (settings.noProxy.split(/[,\s]+/u).some((entry) => entry !== '' && matches(entry, host, number))) return null;
  const proxy = isEncrypted ? (settings.httpsProxy ?? settings.httpProxy) : settings.httpProxy;
  if (proxy === null) return null;
  const setting = isEncrypted && settings.httpsProxy !== null ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const url = new URL(proxy);
  return { setting, place: `${url.protocol}//${url.host}` };
}

/** `host`, `.host` and `*.host` with or without `:port`, `*`, and addresses of both kinds. */
function matches(entry: string, host: string, port: number): boolean {
  const bracketed = /^\[(.+)\](?::(\d+))?$/u.exec(entry);
  const named = /^([^:]+):(\d+)$/u.exec(entry);
  const [name, entryPort] = bracketed === null ? [named?.[1] ?? entry, named?.[2]] : [bracketed[1] ?? '', bracketed[2]];
  if (entryPort !== undefined && Number(entryPort) !== port) return false;
  if (name === '*') return true;
  const isSubdomainOnly = name.startsWith('*');
  const wanted = name
    .replace(/^\*?\./u, '')
    .replace(/\.$/u, '')
    .toLowerCase();
  return (!isSubdomainOnly && host === wanted) || host.endsWith(`.${wanted}`);
}

/** The same as Node's own agents take it. */
export function proxyEnvironment({ httpProxy, httpsProxy, noProxy }: ProxySettings): {
  HTTP_PROXY?: string;
  HTTPS_PROXY?: string;
  NO_PROXY: string;
} {
  return {
    ...(httpProxy === null ? {} : { HTTP_PROXY: httpProxy }),
    ...(httpsProxy === null ? {} : { HTTPS_PROXY: httpsProxy }),
    NO_PROXY: noProxy,
  };
}
