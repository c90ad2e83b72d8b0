import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Variables } from './compose/interpolate.ts';
import { askDockerCompose, findDockerCompose, lintCompose } from './compose/lint-compose.ts';
import { readCompose } from './compose/read-compose.ts';
import { runFleet } from './fleet/run-fleet.ts';
import { buildImage, findForeignFiles, findUnwantedPackages, type Image } from './image/build-image.ts';
import { buildContextFiles, copyFiles, copyProject } from './image/project-files.ts';
import { readDockerfile } from './image/read-dockerfile.ts';

export interface CheckOptions {
  /** The root of the repository. */
  readonly repository: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Holds everything that `main.ts` lists. @throws Error that says what does not hold. */
export async function check(options: CheckOptions): Promise<void> {
  const { repository, environment, log } = options;
  const machinePath = environment['PATH'] ?? '';
  // Whatever the umask: the image's user is not the one who checks.
  process.umask(0o022);
  const directory = mkdtempSync(join(tmpdir(), 'voxport-infra-'));
  try {
    chmodSync(directory, 0o755);
    const projectDirectory = join(directory, 'project');
    copyProject(repository, projectDirectory);
    const settings = makeSecrets(projectDirectory, machinePath);
    log('make-secrets.sh made the secrets of a demo, and refuses to make them again');
    checkCompose(projectDirectory, settings, log);
    const path = [shareNode(directory), machinePath].join(delimiter);
    const image = await build(projectDirectory, { ...options, directory, path });
    const variables = { ...settings, DEMO_ARRIVALS: '0' };
    const project = readCompose({ path: join(projectDirectory, 'docker-compose.yml'), variables, profiles: ['demo'] });
    await runFleet({
      surroundings: { project, projectDirectory, image, directory, path, addresses: new Map() },
      scale: { worker: 2, loader: 2 },
      signal: options.signal,
      log,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs the script for the demo, twice. Gives the settings that it put into .env. */
function makeSecrets(projectDirectory: string, path: string): Variables {
  const run = () =>
    spawnSync('sh', [join(projectDirectory, 'infra/docker/make-secrets.sh'), '--demo'], {
      cwd: projectDirectory,
      encoding: 'utf8',
      env: { PATH: path },
    });
  const first = run();
  if (first.status !== 0) throw new Error(`make-secrets.sh: ${first.stderr}`);
  const database = join(projectDirectory, 'infra/docker/secrets/database-url');
  const made = readFileSync(database, 'utf8');
  if (run().status === 0 || readFileSync(database, 'utf8') !== made)
    throw new Error('make-secrets.sh overwrites secrets');
  return parseEnv(readFileSync(join(projectDirectory, '.env'), 'utf8'));
}

function checkCompose(directory: string, demo: Variables, log: (line: string) => void): void {
  const path = join(directory, 'docker-compose.yml');
  const compose = findDockerCompose();
  for (const [what, variables, profiles] of [
    ['an account', {}, []],
    ['the demo', demo, ['demo']],
  ] as const) {
    const { document } = readCompose({ path, variables, profiles });
    const faults = lintCompose(document);
    const refused = compose === null ? null : askDockerCompose(compose, { path, variables, profiles });
    if (refused !== null) faults.push(`docker compose config: ${refused}`);
    if (faults.length > 0) throw new Error(`docker-compose.yml for ${what}:\n${faults.join('\n')}`);
  }
  if (compose !== null) {
    const overrides = [join(directory, 'infra/docker/managed.yaml')];
    const refused = askDockerCompose(compose, { path, overrides, variables: {}, profiles: [] });
    if (refused !== null) throw new Error(`infra/docker/managed.yaml: docker compose config: ${refused}`);
  }
  log(
    `docker-compose.yml fits the Compose specification, for an account and for the demo${
      compose === null
        ? ' (docker compose is not on this machine: its own word was not asked)'
        : '; docker compose accepts it'
    }`,
  );
}

/** Node where every account can run it: a checkout under /root would hide it. */
function shareNode(directory: string): string {
  const place = join(directory, 'bin');
  mkdirSync(place);
  cpSync(process.execPath, join(place, 'node'));
  chmodSync(join(place, 'node'), 0o755);
  return place;
}

async function build(
  projectDirectory: string,
  options: CheckOptions & { directory: string; path: string },
): Promise<Image> {
  const { directory, path, signal, log } = options;
  const stages = readDockerfile(readFileSync(join(projectDirectory, 'infra/docker/Dockerfile'), 'utf8'));
  const major = process.versions.node.split('.')[0];
  const other = stages.find(({ base }) => !base.startsWith(`node:${major}-`));
  if (other !== undefined) throw new Error(`the image's ${other.base} is not the Node ${major} of this check`);

  const files = buildContextFiles(projectDirectory);
  const secret = files.find((file) => /(?:^|\/)(?:\.env|secrets|\.git)(?:\/|$)/.test(file));
  if (secret !== undefined) throw new Error(`.dockerignore lets ${secret} into the build`);
  const [context, built] = [join(directory, 'context'), join(directory, 'image')];
  copyFiles(projectDirectory, context, files);
  mkdirSync(built);
  const environment = { ...registrySettings(options.environment), PATH: path };
  const image = await buildImage(stages, { context, directory: built, environment, signal });

  const unwanted = findUnwantedPackages(image);
  if (unwanted.length > 0) throw new Error(`the image holds what production does not need: ${unwanted.join(', ')}`);
  const foreign = findForeignFiles(image);
  if (foreign.length > 0) throw new Error(`the image holds what the package does not: ${foreign.join(', ')}`);
  const script = join(image.root, image.workdir, image.command[0] ?? '');
  if (!existsSync(script)) throw new Error(`the image's command names ${image.command[0]}, which is not in it`);
  const root = join(image.root, image.workdir);
  log(
    `the Dockerfile's steps made an image of ${files.length} files, ${sizeMb(root)} MB over its base, ` +
      `of which node_modules ${sizeMb(join(root, 'node_modules'))} MB`,
  );
  return image;
}

/**
 * How this machine reaches the package registry, and where its package manager keeps things. An engine's builder has it
 * from its own settings; nothing else of the environment reaches the build.
 */
function registrySettings(environment: CheckOptions['environment']): Record<string, string> {
  const names = /^(?:HOME|(?:https?|no|all)_proxy|npm_config_\w+|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/i;
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      names.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function sizeMb(directory: string): number {
  return Number.parseInt(spawnSync('du', ['-sm', directory], { encoding: 'utf8' }).stdout, 10);
}
