import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ComposeProject, ComposeService } from '../compose/read-compose.ts';
import type { Image } from '../image/build-image.ts';
import type { ContainerSettings } from './container.ts';

/** What stands in a fleet for the network and the mounts that an engine would make. */
export interface Surroundings {
  readonly project: ComposeProject;
  /** Where the compose file and the secrets lie. */
  readonly projectDirectory: string;
  readonly image: Image;
  /** A directory of the check's own. */
  readonly directory: string;
  /** Leads to `node` first. */
  readonly path: string;
  /** `name:port` as the compose file has it → the address on this machine. */
  readonly addresses: Map<string, string>;
}

/** Replaces the addresses of the compose network by those on this machine. */
function translate(text: string, addresses: ReadonlyMap<string, string>): string {
  return [...addresses].reduce((translated, [name, address]) => translated.replaceAll(name, address), text);
}

/**
 * How a container of a service is started: the entrypoint of the image, the command and the environment of the compose
 * file, and of the secrets those that the service lists, with the owner and the mode that they have on the host.
 */
export function containerSettings(
  service: ComposeService,
  words: readonly string[],
  surroundings: Surroundings,
): ContainerSettings {
  const { image, addresses, path } = surroundings;
  const secrets = mountSecrets(service, surroundings);
  const environment = Object.entries({ ...image.environment, ...service.environment }).map(([name, value]) => [
    name,
    translate(placeOf(value, { secrets, image }), addresses),
  ]);
  return {
    name: service.name,
    words,
    directory: join(image.root, image.workdir),
    environment: { PATH: path, ...(Object.fromEntries(environment) as Record<string, string>) },
    account: accountOf(service.user ?? image.user),
  };
}

/** Where on this machine a path of the container is: one of its secrets, or one below the image's own directory. */
function placeOf(value: string, { secrets, image }: { secrets: string; image: Image }): string {
  if (value.startsWith('/run/secrets/')) return value.replace('/run/secrets', secrets);
  return value.startsWith(`${image.workdir}/`) ? join(image.root, value) : value;
}

/** The directory that stands for `/run/secrets` of a service's containers. */
export function secretsOf(service: ComposeService, { directory }: Pick<Surroundings, 'directory'>): string {
  return join(directory, 'secrets', service.name);
}

function mountSecrets(service: ComposeService, surroundings: Surroundings): string {
  const { project, projectDirectory, addresses } = surroundings;
  const mounts = secretsOf(service, surroundings);
  mkdirSync(mounts, { recursive: true });
  for (const secret of service.secrets) {
    const origin = join(projectDirectory, project.secretFiles[secret]!);
    const { uid, gid, mode } = statSync(origin);
    const place = join(mounts, basename(secret));
    writeFileSync(place, translate(readFileSync(origin, 'utf8'), addresses), { mode: 0o600 });
    chmodSync(place, mode);
    if (process.getuid?.() === 0) chownSync(place, uid, gid);
  }
  return mounts;
}

/** Only root can become somebody else; for everybody else `make-secrets.sh` has put their own numbers into .env. */
function accountOf(user: string): ContainerSettings['account'] {
  const [uid, gid] = user.split(':').map(Number);
  if (uid === undefined || gid === undefined || Number.isNaN(uid + gid))
    throw new Error(`user "${user}" is not uid:gid`);
  if (uid === 0) throw new Error('the compose file runs the image as root');
  return process.getuid?.() === 0 ? { uid, gid } : null;
}
