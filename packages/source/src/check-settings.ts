import { TerminalFailure } from '@voxport/domain';
import { unsupportedFilters } from './filters/unsupported-filters.ts';
import type { SourceSettings } from './settings.ts';

/**
 * Checks a source's settings before anything is sent and returns the base URL in its parts: `origin`, and `basePath`
 * without a slash at its end. Throws a `TerminalFailure` (`invalid_request`) that lists all that is wrong; the API key
 * itself is never part of it.
 */
export function checkSettings(settings: SourceSettings): { origin: string; basePath: string } {
  const { sourceId, dialect, baseUrl, apiKey, connectionsMax, userAgent } = settings;
  const problems: string[] = [];

  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null)
    problems.push(`base_url ${quote(baseUrl)} is no URL; expected is something like https://api.elevenlabs.io`);
  else if (url.protocol !== 'https:' && url.protocol !== 'http:')
    problems.push(`base_url ${quote(baseUrl)} must begin with https:// or http://`);
  else if (url.username !== '' || url.password !== '')
    problems.push(
      'base_url must not contain a user or password; the key belongs into the file or variable that api_key_file or api_key_env names',
    );
  else if (url.search !== '' || url.hash !== '') problems.push('base_url must end with its path, without ? or #');

  if (apiKey.trim() === '') problems.push('the API key is empty');
  else if (!/^[\x21-\x7e]+$/.test(apiKey))
    problems.push('the API key contains a blank, a line break or a character outside ASCII, which no header can carry');
  if (!/^[\x20-\x7e]+$/.test(userAgent)) problems.push('the user agent must be printable ASCII text');
  if (!Number.isInteger(connectionsMax) || connectionsMax < 1)
    problems.push(`concurrency must be a positive integer, not ${connectionsMax}`);
  if (settings.responseBytesMax !== undefined && !isPositive(settings.responseBytesMax))
    problems.push('the largest answer must be a number of bytes above 0');
  if (settings.recordingBytesMax !== undefined && !isPositive(settings.recordingBytesMax))
    problems.push('audio.max_size_mb must be a number above 0');
  for (const [name, ms] of Object.entries(settings.timeouts ?? {})) {
    if (!isPositive(ms)) problems.push(`the time-out ${name} must be a number of milliseconds above 0, not ${ms}`);
  }
  const unsupported = unsupportedFilters(dialect, settings.filters);
  if (unsupported.length > 0) problems.push(`the dialect ${dialect} has no filter ${unsupported.join(', ')}`);

  if (problems.length > 0 || url === null)
    throw new TerminalFailure('invalid_request', `Source "${sourceId}": ${problems.join('; ')}.`);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/**
 * A base URL that cannot be parsed may hold anything, a pasted key included: it is shown only as far as it looks like a
 * URL.
 */
function quote(baseUrl: string): string {
  const shown = /^[a-z][a-z0-9+.-]*:\/\/[^/@?#]*/i.exec(baseUrl)?.[0] ?? baseUrl.slice(0, 8);
  return shown.length < baseUrl.length ? `"${shown}…"` : `"${shown}"`;
}
