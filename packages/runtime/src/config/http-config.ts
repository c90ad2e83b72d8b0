import { isIP } from 'node:net';
import type { HttpConfig } from './config.ts';
import { settingOrFile, type Environment } from './environment.ts';
import { secret } from './secret.ts';

const portDefault = 7480;
/** A token that is shorter could be guessed. */
const tokenLengthMin = 16;
const distinctMin = 6;

/** Reads where the gateway answers, and to whom. What is wrong is added to `problems`. */
export function httpConfig(settings: Environment, problems: string[]): HttpConfig {
  const token = settingOrFile(settings, 'VOXPORT_OPERATOR_TOKEN', problems);
  if (token !== null && token.length < tokenLengthMin) {
    problems.push(
      `VOXPORT_OPERATOR_TOKEN has ${token.length} characters; it needs ${tokenLengthMin} (e.g. openssl rand -hex 32)`,
    );
  }
  if (token !== null && token.length >= tokenLengthMin && new Set(token).size < distinctMin) {
    problems.push(
      `VOXPORT_OPERATOR_TOKEN has fewer than ${distinctMin} different characters and could be guessed (e.g. openssl rand -hex 32 makes one that cannot)`,
    );
  }
  const port = settings.value('VOXPORT_HTTP_PORT');
  return {
    host: settings.value('VOXPORT_HTTP_HOST') ?? '127.0.0.1',
    port: portOf(port, problems),
    isPortGiven: port !== null,
    publicUrl: publicUrl(settings.value('VOXPORT_PUBLIC_URL'), problems),
    trustedProxies: trustedProxies(settings.value('VOXPORT_TRUSTED_PROXIES'), problems),
    spoolDirectory: settings.value('VOXPORT_SPOOL_DIR'),
    operatorToken: token === null ? null : secret(token),
  };
}

function trustedProxies(text: string | null, problems: string[]): string[] {
  const names = (text ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  for (const name of names) {
    const [address = '', bits] = name.split('/');
    const isBits = bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32));
    if (isIP(address) === 0 || !isBits)
      problems.push(`VOXPORT_TRUSTED_PROXIES "${name}" is neither an address nor a network such as 10.0.0.0/8`);
  }
  return names;
}

function portOf(text: string | null, problems: string[]): number | null {
  if (text === null) return portDefault;
  if (text === 'off') return null;
  const port = Number(text);
  if (!/^\d{1,5}$/u.test(text) || port > 65_535) {
    problems.push(`VOXPORT_HTTP_PORT "${text}" is neither a port from 0 to 65535 nor off`);
  }
  return port;
}

function publicUrl(text: string | null, problems: string[]): string | null {
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') {
    problems.push(`VOXPORT_PUBLIC_URL "${text}" is not an http:// or https:// URL without a path`);
    return null;
  }
  return url.origin;
}
