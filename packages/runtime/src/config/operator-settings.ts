import type { Config, TracesConfig } from './config.ts';
import { settingOrFile, type Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';
import { isHttpUrl } from './source-config.ts';

/** Reads where the process listens for health checks and scrapes: VOXPORT_HEALTH_PORT and VOXPORT_HEALTH_HOST. */
export function healthSetting(settings: Environment, problems: string[]): Config['health'] {
  const text = settings.value('VOXPORT_HEALTH_PORT');
  if (text === null) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) problems.push(`VOXPORT_HEALTH_PORT "${text}" is not a port from 0 (any free one) to 65535`);
  return { host: settings.value('VOXPORT_HEALTH_HOST') ?? '127.0.0.1', port };
}

/** Reads where traces are sent, by the names that OpenTelemetry gives these settings. */
export function tracesSetting(settings: Environment, problems: string[]): TracesConfig | null {
  const endpoint = settings.value('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === null) return null;
  // The value may hold a token.
  if (!isHttpUrl(endpoint)) problems.push('OTEL_EXPORTER_OTLP_ENDPOINT is not an http:// or https:// URL');
  const headers = settingOrFile(settings, 'OTEL_EXPORTER_OTLP_HEADERS', problems);
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    headers: headers === null ? {} : parseHeaders(headers, problems),
    sampleRatio: sampleRatio(settings, problems),
  };
}

/** `name=value,name=value`, values percent-encoded. */
function parseHeaders(text: string, problems: string[]): Record<string, Secret> {
  const headers: Record<string, Secret> = {};
  for (const part of text.split(',').filter((entry) => entry.trim() !== '')) {
    const [name = '', ...value] = part.split('=');
    try {
      if (!/^[\w-]+$/.test(name.trim()) || value.length === 0) throw new Error('no name=value');
      headers[name.trim()] = secret(decodeURIComponent(value.join('=').trim()));
    } catch {
      problems.push('OTEL_EXPORTER_OTLP_HEADERS is not a list such as name=value,name=value');
    }
  }
  return headers;
}

function sampleRatio(settings: Environment, problems: string[]): number {
  const text = settings.value('OTEL_TRACES_SAMPLER_ARG');
  if (text === null) return 1;
  const ratio = Number(text);
  if (!(ratio >= 0 && ratio <= 1)) problems.push(`OTEL_TRACES_SAMPLER_ARG "${text}" is not a number from 0 to 1`);
  return ratio;
}
