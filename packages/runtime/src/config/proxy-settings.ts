import type { ProxySettings } from '@voxport/domain';
import type { Environment } from './environment.ts';

/**
 * Reads by which proxies requests leave this machine: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not,
 * as other programs read them. An http:// proxy serves https:// addresses too where they have none of their own. Null:
 * there is none.
 */
export function proxySettings(settings: Environment, problems: string[]): ProxySettings | null {
  const httpProxy = proxyUrl(settings, 'HTTP_PROXY', problems);
  const httpsProxy = proxyUrl(settings, 'HTTPS_PROXY', problems) ?? httpProxy;
  if (httpsProxy === null) return null;
  return { httpProxy, httpsProxy, noProxy: either(settings, 'NO_PROXY') ?? '' };
}

function either(settings: Environment, name: string): string | null {
  return settings.value(name.toLowerCase()) ?? settings.value(name);
}

function proxyUrl(settings: Environment, name: string, problems: string[]): string | null {
  const value = either(settings, name);
  if (value === null) return null;
  // As curl and others take it.
  const url = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return url;
  // The value may hold a password.
  problems.push(
    `${name} is not the URL of an http proxy: write it as http://host:port, or http://user:password@host:port`,
  );
  return null;
}
