import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { interpolateDocument, type Variables } from './interpolate.ts';

/** What the check needs of a service; the file holds more, which only an engine can honour. */
export interface ComposeService {
  readonly name: string;
  readonly image: string;
  /** Whether it runs the image of this repository. */
  readonly isBuilt: boolean;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names of files under /run/secrets. */
  readonly secrets: readonly string[];
  readonly dependsOn: Readonly<Record<string, Dependency>>;
  /** As the file has it: `CMD` and words, or `CMD-SHELL` and a line. */
  readonly healthTest: readonly string[] | null;
  readonly stopGracePeriodMs: number;
  readonly user: string | null;
}

export interface Dependency {
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly isRequired: boolean;
}

export interface ComposeProject {
  /** The whole file with its variables replaced. */
  readonly document: unknown;
  /** The services of the active profiles, by name. */
  readonly services: ReadonlyMap<string, ComposeService>;
  /** Secret name → the file on the host, relative to the compose file. */
  readonly secretFiles: Readonly<Record<string, string>>;
}

interface RawService {
  image?: string;
  build?: unknown;
  command?: string[];
  environment?: Record<string, string | number>;
  secrets?: string[];
  depends_on?: Record<string, { condition: Dependency['condition']; required?: boolean }>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  user?: string;
  profiles?: string[];
}

interface RawFile {
  services: Record<string, RawService>;
  secrets?: Record<string, { file: string }>;
}

/** Compose's own default. */
const defaultGracePeriod = '10s';

/**
 * Reads a compose file as `docker compose` would with these variables and profiles. It understands the forms that our
 * file uses (maps and lists of words, not the short forms), which keeps it honest: what it does not understand fails.
 */
export function readCompose(options: {
  path: string;
  variables: Variables;
  profiles: readonly string[];
}): ComposeProject {
  const document = interpolateDocument(
    parse(readFileSync(options.path, 'utf8'), { merge: true }),
    options.variables,
  ) as RawFile;
  const active = Object.entries(document.services).filter(
    ([, { profiles = [] }]) => profiles.length === 0 || profiles.some((profile) => options.profiles.includes(profile)),
  );
  const names = new Set(active.map(([name]) => name));
  const services = new Map(active.map(([name, raw]) => [name, readService(name, raw, names)] as const));
  const secretFiles = Object.fromEntries(
    Object.entries(document.secrets ?? {}).map(([name, { file }]) => [name, file]),
  );
  for (const service of services.values()) {
    const unknown = service.secrets.find((secret) => !(secret in secretFiles));
    if (unknown !== undefined)
      throw new Error(`${basename(options.path)}: ${service.name} uses the unknown secret ${unknown}`);
  }
  return { document, services, secretFiles };
}

function readService(name: string, raw: RawService, activeNames: ReadonlySet<string>): ComposeService {
  const dependencies = Object.entries(raw.depends_on ?? {}).map(([other, { condition, required = true }]) => {
    if (required && !activeNames.has(other)) throw new Error(`${name} depends on ${other}, which is not there`);
    return [other, { condition, isRequired: required }] as const;
  });
  return {
    name,
    image: raw.image ?? '',
    isBuilt: raw.build !== undefined,
    command: raw.command ?? [],
    environment: Object.fromEntries(Object.entries(raw.environment ?? {}).map(([key, value]) => [key, String(value)])),
    secrets: raw.secrets ?? [],
    dependsOn: Object.fromEntries(dependencies.filter(([other]) => activeNames.has(other))),
    healthTest: raw.healthcheck?.test ?? null,
    stopGracePeriodMs: durationMs(raw.stop_grace_period ?? defaultGracePeriod),
    user: raw.user ?? null,
  };
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000 };

function durationMs(text: string): number {
  const match = /^(\d+)([sm])$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no duration such as 30s or 2m`);
  return Number(match[1]) * unitMs[match[2] ?? '']!;
}

/** Services in an order in which each comes after those that it waits for. */
export function startOrder(services: ReadonlyMap<string, ComposeService>): ComposeService[] {
  const ordered = new Set<ComposeService>();
  const visit = (service: ComposeService, path: readonly string[]): void => {
    if (path.includes(service.name))
      throw new Error(`services wait for each other: ${[...path, service.name].join(' → ')}`);
    for (const name of Object.keys(service.dependsOn)) visit(services.get(name)!, [...path, service.name]);
    ordered.add(service);
  };
  for (const service of services.values()) visit(service, []);
  return [...ordered];
}
